FROM condaforge/miniforge3:latest
LABEL io.github.snakemake.containerized="true"
LABEL io.github.snakemake.conda_env_hash="bb66baae3d48871538ca79e8530274dca5cf7a2732d70ee2fa83d8f342545bc1"
# Conda environment:
#   source: envs/calibration.yaml
#   prefix: /conda-envs/771f4de62e822989fb5c651becb86b60
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - pandas ==3.1.1
#     - scipy ==1.17.1
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/771f4de62e822989fb5c651becb86b60
COPY envs/calibration.yaml /conda-envs/771f4de62e822989fb5c651becb86b60/environment.yaml
# Conda environment:
#   source: envs/claims.yaml
#   prefix: /conda-envs/5bc74142ee277236500f4a04a0e4f77e
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - pandas ==3.1.1
#     - pyyaml ==6.0.3
#     - jsonschema ==4.26.0
#     - tabulate ==0.10.0
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/5bc74142ee277236500f4a04a0e4f77e
COPY envs/claims.yaml /conda-envs/5bc74142ee277236500f4a04a0e4f77e/environment.yaml
# Conda environment:
#   source: envs/dataset.yaml
#   prefix: /conda-envs/c4fa859223214ef0c6e60d7825a611c6
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - scipy ==1.17.1
#     - arviz-stats ==0.8.0
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/c4fa859223214ef0c6e60d7825a611c6
COPY envs/dataset.yaml /conda-envs/c4fa859223214ef0c6e60d7825a611c6/environment.yaml
# Conda environment:
#   source: envs/explorer.yaml
#   prefix: /conda-envs/ed4520a1081dc2e7abd0816ffefdae2e
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - scipy ==1.17.1
#     - pandas ==3.1.1
#     - sympy ==1.14.0
#     - mpmath ==1.3.0
#     - arviz-stats ==0.8.0
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/ed4520a1081dc2e7abd0816ffefdae2e
COPY envs/explorer.yaml /conda-envs/ed4520a1081dc2e7abd0816ffefdae2e/environment.yaml
# Conda environment:
#   source: envs/exponents.yaml
#   prefix: /conda-envs/1ab3f75f654bb7449b2ed71f9480e01f
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - scipy ==1.17.1
#     - pandas ==3.1.1
#     - sympy ==1.14.0
#     - powerlaw ==2.0.0
#     - arviz-stats ==0.8.0
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/1ab3f75f654bb7449b2ed71f9480e01f
COPY envs/exponents.yaml /conda-envs/1ab3f75f654bb7449b2ed71f9480e01f/environment.yaml
# Conda environment:
#   source: envs/figures.yaml
#   prefix: /conda-envs/c0a4cb60a2bb9f4cdf0cef3e744d6fa0
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - scipy ==1.17.1
#     - pandas ==3.1.1
#     - matplotlib-base ==3.11.2
#     - uncertainties ==3.2.3
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/c0a4cb60a2bb9f4cdf0cef3e744d6fa0
COPY envs/figures.yaml /conda-envs/c0a4cb60a2bb9f4cdf0cef3e744d6fa0/environment.yaml
# Conda environment:
#   source: envs/fluctuations.yaml
#   prefix: /conda-envs/64637bb699900b00a78cf90f859b74a1
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - scipy ==1.17.1
#     - pandas ==3.1.1
#     - sympy ==1.14.0
#     - mpmath ==1.3.0
#     - numba ==0.68.1
#     - arviz-stats ==0.8.0
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/64637bb699900b00a78cf90f859b74a1
COPY envs/fluctuations.yaml /conda-envs/64637bb699900b00a78cf90f859b74a1/environment.yaml
# Conda environment:
#   source: envs/gallery.yaml
#   prefix: /conda-envs/18e85c9602f2593e1b135fc339003380
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - scipy ==1.17.1
#     - pandas ==3.1.1
#     - sympy ==1.14.0
#     - mpmath ==1.3.0
#     - numba ==0.68.1
#     - arviz-stats ==0.8.0
#     - uncertainties ==3.2.3
#     - tabulate ==0.10.0
#     - pyyaml ==6.0.3
#     - jsonschema ==4.26.0
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/18e85c9602f2593e1b135fc339003380
COPY envs/gallery.yaml /conda-envs/18e85c9602f2593e1b135fc339003380/environment.yaml
# Conda environment:
#   source: envs/jacobian.yaml
#   prefix: /conda-envs/fa9597ab68177079630e076bf8804683
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - scipy ==1.17.1
#     - pandas ==3.1.1
#     - sympy ==1.14.0
#     - arviz-stats ==0.8.0
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/fa9597ab68177079630e076bf8804683
COPY envs/jacobian.yaml /conda-envs/fa9597ab68177079630e076bf8804683/environment.yaml
# Conda environment:
#   source: envs/page.yaml
#   prefix: /conda-envs/ef78a8868abe93c19cf60015afd512a7
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - pandas ==3.1.1
#     - tabulate ==0.10.0
#     - jinja2 ==3.1.6
#     - sympy ==1.14.0
#     - mpmath ==1.3.0
#     - uncertainties ==3.2.3
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/ef78a8868abe93c19cf60015afd512a7
COPY envs/page.yaml /conda-envs/ef78a8868abe93c19cf60015afd512a7/environment.yaml
# Conda environment:
#   source: envs/provenance.yaml
#   prefix: /conda-envs/03edd2f5fc589fdec6fcbb8fc37a26b2
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - pyyaml ==6.0.3
#     - rocrate ==0.16.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/03edd2f5fc589fdec6fcbb8fc37a26b2
COPY envs/provenance.yaml /conda-envs/03edd2f5fc589fdec6fcbb8fc37a26b2/environment.yaml
# Conda environment:
#   source: envs/realisations.yaml
#   prefix: /conda-envs/6d1fd2632a7084164f242a78a415dc77
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - scipy ==1.17.1
#     - pandas ==3.1.1
#     - sympy ==1.14.0
#     - mpmath ==1.3.0
#     - numba ==0.68.1
#     - arviz-stats ==0.8.0
#     - tabulate ==0.10.0
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/6d1fd2632a7084164f242a78a415dc77
COPY envs/realisations.yaml /conda-envs/6d1fd2632a7084164f242a78a415dc77/environment.yaml
# Conda environment:
#   source: envs/sweeps.yaml
#   prefix: /conda-envs/52c078d9726ad7d4b5e85a1b6bea9b58
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - scipy ==1.17.1
#     - pandas ==3.1.1
#     - sympy ==1.14.0
#     - mpmath ==1.3.0
#     - numba ==0.68.1
#     - arviz-stats ==0.8.0
#     - pyyaml ==6.0.3
#     - jsonschema ==4.26.0
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/52c078d9726ad7d4b5e85a1b6bea9b58
COPY envs/sweeps.yaml /conda-envs/52c078d9726ad7d4b5e85a1b6bea9b58/environment.yaml
# Conda environment:
#   source: envs/table.yaml
#   prefix: /conda-envs/f3411cad778765db91e75f6c7a4eeada
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - pandas ==3.1.1
#     - tabulate ==0.10.0
#     - jinja2 ==3.1.6
#     - sympy ==1.14.0
#     - uncertainties ==3.2.3
#     - pyyaml ==6.0.3
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/f3411cad778765db91e75f6c7a4eeada
COPY envs/table.yaml /conda-envs/f3411cad778765db91e75f6c7a4eeada/environment.yaml
# Conda environment:
#   source: envs/theory.yaml
#   prefix: /conda-envs/c4f205b1b50f0024bc01d6309c1eda5b
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - scipy ==1.17.1
#     - pandas ==3.1.1
#     - tabulate ==0.10.0
#     - sympy ==1.14.0
#     - mpmath ==1.3.0
#     - arviz-stats ==0.8.0
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/c4f205b1b50f0024bc01d6309c1eda5b
COPY envs/theory.yaml /conda-envs/c4f205b1b50f0024bc01d6309c1eda5b/environment.yaml
# Conda environment:
#   source: envs/training.yaml
#   prefix: /conda-envs/dbb36e7b8bb5de01563556b260f25764
#   channels:
#     - conda-forge
#     - nodefaults
#   dependencies:
#     - python =3.11
#     - numpy ==2.4.6
#     - scipy ==1.17.1
#     - sympy ==1.14.0
#     - mpmath ==1.3.0
#     - numba ==0.68.1
#     - arviz-stats ==0.8.0
#     - msgspec ==0.22.0
#     - threadpoolctl ==3.8.0
RUN mkdir -p /conda-envs/dbb36e7b8bb5de01563556b260f25764
COPY envs/training.yaml /conda-envs/dbb36e7b8bb5de01563556b260f25764/environment.yaml

RUN conda env create --prefix /conda-envs/771f4de62e822989fb5c651becb86b60 --file /conda-envs/771f4de62e822989fb5c651becb86b60/environment.yaml && \
    conda env create --prefix /conda-envs/5bc74142ee277236500f4a04a0e4f77e --file /conda-envs/5bc74142ee277236500f4a04a0e4f77e/environment.yaml && \
    conda env create --prefix /conda-envs/c4fa859223214ef0c6e60d7825a611c6 --file /conda-envs/c4fa859223214ef0c6e60d7825a611c6/environment.yaml && \
    conda env create --prefix /conda-envs/ed4520a1081dc2e7abd0816ffefdae2e --file /conda-envs/ed4520a1081dc2e7abd0816ffefdae2e/environment.yaml && \
    conda env create --prefix /conda-envs/1ab3f75f654bb7449b2ed71f9480e01f --file /conda-envs/1ab3f75f654bb7449b2ed71f9480e01f/environment.yaml && \
    conda env create --prefix /conda-envs/c0a4cb60a2bb9f4cdf0cef3e744d6fa0 --file /conda-envs/c0a4cb60a2bb9f4cdf0cef3e744d6fa0/environment.yaml && \
    conda env create --prefix /conda-envs/64637bb699900b00a78cf90f859b74a1 --file /conda-envs/64637bb699900b00a78cf90f859b74a1/environment.yaml && \
    conda env create --prefix /conda-envs/18e85c9602f2593e1b135fc339003380 --file /conda-envs/18e85c9602f2593e1b135fc339003380/environment.yaml && \
    conda env create --prefix /conda-envs/fa9597ab68177079630e076bf8804683 --file /conda-envs/fa9597ab68177079630e076bf8804683/environment.yaml && \
    conda env create --prefix /conda-envs/ef78a8868abe93c19cf60015afd512a7 --file /conda-envs/ef78a8868abe93c19cf60015afd512a7/environment.yaml && \
    conda env create --prefix /conda-envs/03edd2f5fc589fdec6fcbb8fc37a26b2 --file /conda-envs/03edd2f5fc589fdec6fcbb8fc37a26b2/environment.yaml && \
    conda env create --prefix /conda-envs/6d1fd2632a7084164f242a78a415dc77 --file /conda-envs/6d1fd2632a7084164f242a78a415dc77/environment.yaml && \
    conda env create --prefix /conda-envs/52c078d9726ad7d4b5e85a1b6bea9b58 --file /conda-envs/52c078d9726ad7d4b5e85a1b6bea9b58/environment.yaml && \
    conda env create --prefix /conda-envs/f3411cad778765db91e75f6c7a4eeada --file /conda-envs/f3411cad778765db91e75f6c7a4eeada/environment.yaml && \
    conda env create --prefix /conda-envs/c4f205b1b50f0024bc01d6309c1eda5b --file /conda-envs/c4f205b1b50f0024bc01d6309c1eda5b/environment.yaml && \
    conda env create --prefix /conda-envs/dbb36e7b8bb5de01563556b260f25764 --file /conda-envs/dbb36e7b8bb5de01563556b260f25764/environment.yaml && \
    conda clean --all -y
