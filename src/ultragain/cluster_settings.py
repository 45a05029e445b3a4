"""The experiment file's section `cluster`: batch systems and machines on which a sweep starts workers."""

from pydantic import Field

from ultragain.fields import Line, Memory, Section, Time, Word


class BatchJobs(Section):
    """Jobs of a batch system, one worker each."""

    queue: Word | None = Field(None, description="queue or partition; the system's default if not given")
    account: Word | None = Field(
        None, description="account or project that is charged; the system's default if not given"
    )
    walltime: Time = Field(
        "08:00:00", description="time after which a job ends and another takes its place, hours:minutes:seconds"
    )
    memory: Memory = Field(
        "4GB", description="memory of one worker (on SGE name it, and its cores, in `directives`: sites differ)"
    )
    interface: Word | None = Field(
        None, description="network interface that joins this machine to the nodes, e.g. ib0; detected if not given"
    )
    directives: list[Line] = Field(
        default_factory=list, description="further lines of the job script's head: [--qos=low]"
    )
    prologue: list[Line] = Field(
        default_factory=list, description="shell commands before the worker: [module load gcc]"
    )


class Hosts(Section):
    """Machines that ssh reaches without a password; set them up in ~/.ssh/config."""

    hosts: list[Word] = Field(
        default_factory=list, description="names or addresses; the workers are shared out among them"
    )
    interface: Word | None = Field(
        None, description="network interface that joins this machine to them, e.g. eth1; detected if not given"
    )


class Cluster(Section):
    """Where `ultragain sweep --cluster` starts workers; all see the project's folder under the same path."""

    slurm: BatchJobs = Field(default_factory=BatchJobs)
    sge: BatchJobs = Field(default_factory=BatchJobs)
    pbs: BatchJobs = Field(default_factory=BatchJobs)
    ssh: Hosts = Field(default_factory=Hosts)
