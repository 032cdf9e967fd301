"""A zygote that misbehaves on request."""

from __future__ import annotations

import os
import select

import script
from births import be_born

from phoebed_worker.birth import Order
from phoebed_worker.channel import Channel, Message
from phoebed_worker.clone import fork_for_parent
from phoebed_worker.zygote import Zygote, channel_from_stdin


class ScriptedZygote(Zygote):
    """Serves fork orders with the real code, except at the k-th one (`at_fork`)."""

    def __init__(self, channel: Channel, act: script.Act) -> None:
        super().__init__(channel, None)  # type: ignore[arg-type]  # its engine is the script
        self._act = act
        self._forks = 0

    def _serve(self, message: Message, fds: list[int]) -> Message | None:
        if message.get("op") != "fork":
            return super()._serve(message, fds)
        self._forks += 1
        script.note("fork", worker=message.get("worker"))
        do = self._act["do"] if self._forks == self._act.get("at_fork", self._forks) else "ok"
        if do == "die":
            script.end(self._act)
        if do == "wait_in_fork":
            script.wait_for(self._act.get("until"))
        if do == "fork_at_the_end":
            poller = select.poll()
            poller.register(self._channel, select.POLLRDHUP)
            poller.poll()
        if do == "refuse":
            return {"event": "fork_failed", "worker": message["worker"], "error": self._act["why"]}
        if do == "garbage_in_fork":
            send_raw(self._channel, b"\x00\xffgarbage")
        reply = super()._serve(message, fds)
        if do == "die_after":
            script.end(self._act)
        return reply

    def _fork(self, order: Order) -> int:
        parent = os.getppid()
        pid = fork_for_parent()
        if pid == 0:
            status = 1
            try:
                status = be_born(order, parent)
            finally:
                os._exit(status)
        self._guard.add(pid)
        return pid


def send_raw(channel: Channel, packet: bytes) -> None:
    channel._socket.send(packet)


def main() -> int:
    """The zygote's whole life. Returns its exit status."""
    channel = channel_from_stdin()
    number = script.count("zygote") + 1
    script.note("zygote", number=number)
    act = script.act_of("zygotes", number)
    do = act["do"]
    if do == "fail":
        channel.send({"event": "failed", "error": act["error"], "traceback": "a traceback"})
        return 1
    if do == "exit":
        script.end(act)
    if do == "garbage":
        send_raw(channel, b"\x00\xffgarbage")
    if do == "wait":
        script.wait_for(act.get("until"))
    engine = {"phoebe": "0.0-fake", "python": "3", "engine": "fake", "seconds": 0.0}
    channel.send({"event": "ready", "passbands": ["Fake:V", "Fake:B"], **engine})
    return ScriptedZygote(channel, act).run()
