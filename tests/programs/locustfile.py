"""What the users of the locust test do: nothing but count."""

from __future__ import annotations

import sys

from locust import User, constant, task

assert sys.modules["zmq"].Context.__module__ == "purezmq.context"


class Visitor(User):
    wait_time = constant(0.05)

    @task
    def visit(self):
        self.environment.events.request.fire(
            request_type="COUNT", name="visit", response_time=1, response_length=1, exception=None, context={}
        )
