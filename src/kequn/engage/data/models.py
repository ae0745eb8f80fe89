"""Runs of jobs: what is due, who works on it, and how it went."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kequn.engage.language import say


class Run(models.Model):
    """One due run of one job, done once however many schedulers look for work.

    ``not_before`` puts a run off that cannot work now; ``heartbeat_at`` is renewed by the ``worker`` that claimed it.
    """

    class State(models.TextChoices):
        """Waiting, then running, then done or failed."""

        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    job = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    not_before = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    worker = models.CharField(max_length=64, blank=True)
    attempts = models.IntegerField(default=0)
    asked_by = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    message = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-due_at", "-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "due_at"], name="one_run")]
        indexes: ClassVar = [models.Index(fields=["state", "not_before"], name="run_by_state")]

    def __str__(self) -> str:
        return f"{self.job} {self.due_at:%Y-%m-%d %H:%M:%S} {self.state}"

    @property
    def state_label(self) -> str:
        """The state in the page's language."""
        return say(*STATES[self.state])

    @property
    def seconds(self) -> float | None:
        """How long the run took; None while it has not ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


STATES: dict[str, tuple[str, str]] = {
    Run.State.WAITING: ("等待", "Waiting"),
    Run.State.RUNNING: ("进行中", "Running"),
    Run.State.DONE: ("完成", "Done"),
    Run.State.FAILED: ("失败", "Failed"),
}
