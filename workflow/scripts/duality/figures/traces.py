"""Trace plots: the trajectories (w, b) of a training, as evidence that they are in equilibrium."""

from matplotlib.figure import Figure

from duality.figures.style import BLUE, RED, blank
from duality.records.training import Equilibrium, Trajectory
from duality.rounding import rounded


def trace(trajectory: Trajectory, equilibrium: Equilibrium, title: str) -> Figure:
    """Trajectories of all replicas, with the burn-in shaded, the mean and the population optimum."""
    fig = blank(6.4, 4.2)
    million = trajectory.steps / 1e6
    means, optimum = (equilibrium.w, equilibrium.b), equilibrium.population and equilibrium.population.optimum
    for index, (name, chains) in enumerate((("w", trajectory.w), ("b", trajectory.b))):
        axes = fig.add_axes((0.11, 0.59 - 0.41 * index, 0.87, 0.335))
        axes.axvspan(0, million[trajectory.kept], color="0.9", zorder=0, label="burn-in")
        for replica, chain in enumerate(chains):
            shade = 0.15 + 0.6 * replica / max(len(chains) - 1, 1)
            label = f"{len(chains)} replicas" if replica == 0 else None
            axes.plot(million, chain, color=str(shade), linewidth=0.5, zorder=1, label=label)
        axes.axhline(means[index].value, color=BLUE, linewidth=1.4, zorder=2, label="mean in equilibrium")
        if optimum:
            label = "population optimum"
            axes.axhline(optimum[index], color=RED, linewidth=1.4, linestyle="--", zorder=3, label=label)
        axes.set_ylabel(f"${name}$")
        axes.set_xlim(0, million[-1])
        d = equilibrium.diagnostics[name]
        mean = rounded(means[index], "picture")
        estimates = rf"${name}$ = {mean}, $\hat{{R}}$ = {d.r_hat:.3f}, ESS = {d.ess_bulk:.0f}"
        axes.set_title(estimates, loc="right", fontsize=8)
    fig.axes[0].set_title(title, loc="left")
    fig.axes[0].set_xticklabels([])
    fig.axes[1].set_xlabel("SGD steps per replica, in millions")
    fig.axes[1].legend(loc="upper center", bbox_to_anchor=(0.5, -0.26), ncols=4)
    return fig


def caption(title: str, equilibrium: Equilibrium) -> str:
    """A caption that stands by itself, in plain text."""
    means = ", ".join(f"{name} = {rounded(getattr(equilibrium, name), 'picture')}" for name in ("w", "b"))
    optimum = (
        "; dashed (red): the population optimum, the (w, b) of infinite data, found without training. The mean lies "
        "beside the optimum by what the learning rate and the finite data shift it"
        if equilibrium.population and equilibrium.population.optimum
        else ""
    )
    return (
        f"Training of the composition {title}: weight w (top) and bias b (bottom) against SGD steps, all "
        f"{equilibrium.replicas} replicas from dispersed starts (thin, shades of grey). Shaded: the burn-in, which "
        f"does not count. Thick line (blue): the mean over the learning equilibrium, {means}{optimum}. Above: the "
        "mean with its error, how far the replicas have forgotten their starts (R̂, 1 if wholly), and how many "
        "independent values they are worth (ESS).\n"
    )
