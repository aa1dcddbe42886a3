"""If these fail, tests touch a Slurm that is not theirs."""

import pytest
from virtual_cluster import OURS, VirtualCluster


@pytest.mark.parametrize("linked", [False, True])
def test_a_configuration_that_is_there_is_never_touched(tmp_path, linked):
    configuration, own = tmp_path / "slurm.conf", tmp_path / "own.conf"
    (own if linked else configuration).write_text("ClusterName=somebody\n", encoding="utf-8")
    if linked:
        configuration.symlink_to(own)
    cluster = VirtualCluster(tmp_path / "cluster", configuration)
    with pytest.raises(FileExistsError, match="has a Slurm of its own"):
        cluster.start()
    assert configuration.read_text(encoding="utf-8") == "ClusterName=somebody\n"
    assert configuration.is_symlink() == linked
    assert not (tmp_path / "cluster").exists()


def test_of_tests_that_were_killed_only_the_link_is_taken_away(tmp_path):
    left, configuration = tmp_path / "left", tmp_path / "slurm.conf"
    left.mkdir()
    (left / OURS).touch()
    configuration.symlink_to(left / OURS)
    VirtualCluster.remove_stale(configuration)
    assert not configuration.is_symlink()
    assert (left / OURS).exists()
