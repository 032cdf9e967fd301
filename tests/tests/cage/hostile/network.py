"""Reaching anybody over a socket, or being reached."""

from __future__ import annotations

import errno
import os
import socket
import stat

from .frame import Absent, Targets, attack

_LOOPBACK = "127.0.0.1"
_MSG_FASTOPEN = 0x20000000
_IPPROTO_MPTCP = 262
_IPPROTO_SCTP = 132
_AF_SMC = 43
_SO_PEERPIDFD = 77


def own_stream() -> int:
    """The descriptor of the stream to the daemon."""
    for descriptor in range(3, 4096):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                return descriptor
        except OSError:
            continue
    raise Absent("this process has no stream")


def _reach(one: socket.socket, address: object) -> str:
    """Connects. That nobody listens there says that the packet went out."""
    one.settimeout(5)
    try:
        one.connect(address)  # type: ignore[arg-type]
    except ConnectionRefusedError:
        return f"asked {address}, which refused"
    return f"connected to {address}"


@attack("connect_public_port")
def _public(targets: Targets) -> str:
    return _reach(socket.socket(socket.AF_INET), (_LOOPBACK, targets["api_port"]))


@attack("connect_sibling_port")
def _sibling(targets: Targets) -> str:
    return _reach(socket.socket(socket.AF_INET), (_LOOPBACK, targets["sibling_port"]))


@attack("connect_ipv6", unknown=True)
def _ipv6(targets: Targets) -> str:
    if not targets["tcp6"]:
        raise Absent("no IPv6 here")
    return _reach(socket.socket(socket.AF_INET6), ("::1", targets["tcp6"]))


@attack("connect_fast_open")
def _fast_open(targets: Targets) -> str:
    one = socket.socket(socket.AF_INET)
    one.settimeout(5)
    try:
        one.sendto(b"x", _MSG_FASTOPEN, (_LOOPBACK, targets["tcp"]))
    except (ConnectionRefusedError, BlockingIOError):
        return "the first packet went out"
    return "sent with the first packet"


@attack("connect_multipath", unknown=True)
def _multipath(targets: Targets) -> str:
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM, _IPPROTO_MPTCP)
    return _reach(one, (_LOOPBACK, targets["tcp"]))


@attack("connect_admin_socket")
def _admin(targets: Targets) -> str:
    return _reach(socket.socket(socket.AF_UNIX), targets["admin_socket"])


@attack("connect_unix_path")
def _unix(targets: Targets) -> str:
    return _reach(socket.socket(socket.AF_UNIX), targets["unix"])


@attack("connect_abstract")
def _abstract(targets: Targets) -> str:
    return _reach(socket.socket(socket.AF_UNIX), "\0" + targets["abstract"])


@attack("send_unix_datagram")
def _unix_datagram(targets: Targets) -> str:
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", targets["unix_datagram"])
    return "sent"


@attack("send_from_pair_to_path")
def _pair_to_path(targets: Targets) -> str:
    # A datagram needs no connection, and one socket of a pair is as good as any.
    one, _other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.sendto(b"x", targets["unix_datagram"])
    return "sent"


@attack("send_from_pair_to_abstract")
def _pair_to_abstract(targets: Targets) -> str:
    one, _other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.sendto(b"x", "\0" + targets["abstract_datagram"])
    return "sent"


@attack("connect_other_host")
def _other_host(targets: Targets) -> str:
    if not targets["other_host"]:
        raise Absent("no other host was made")
    return _reach(socket.socket(socket.AF_INET), (targets["other_host"], 7))


@attack("send_udp")
def _udp(targets: Targets) -> str:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.sendto(b"x", (_LOOPBACK, targets["udp"]))
    return "sent"


@attack("send_udp_to_other_host")
def _udp_other_host(targets: Targets) -> str:
    if not targets["other_host"]:
        raise Absent("no other host was made")
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.sendto(b"x", (targets["other_host"], 7))
    return "sent"


@attack("listen_tcp")
def _listen(targets: Targets) -> str:
    one = socket.socket(socket.AF_INET)
    one.bind((_LOOPBACK, 0))
    one.listen(1)
    return f"on port {one.getsockname()[1]}"


@attack("listen_without_bind")
def _listen_unbound(targets: Targets) -> str:
    one = socket.socket(socket.AF_INET)
    one.listen(1)
    return f"on port {one.getsockname()[1]}"


@attack("listen_ipv6", unknown=True)
def _listen_ipv6(targets: Targets) -> str:
    one = socket.socket(socket.AF_INET6)
    one.listen(1)
    return f"on port {one.getsockname()[1]}"


@attack("listen_unix")
def _listen_unix(targets: Targets) -> str:
    one = socket.socket(socket.AF_UNIX)
    one.bind("a-socket")
    one.listen(1)
    os.unlink("a-socket")
    return "in its scratch directory"


@attack("listen_abstract")
def _listen_abstract(targets: Targets) -> str:
    one = socket.socket(socket.AF_UNIX)
    one.bind(f"\0phoebed-cage-{os.getpid()}")
    one.listen(1)
    return "under a name that all processes see"


@attack("bind_udp")
def _bind_udp(targets: Targets) -> str:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((_LOOPBACK, 0))
    return f"on port {one.getsockname()[1]}"


@attack("listen_on_own_stream", forked=False)
def _listen_on_stream(targets: Targets) -> str:
    one = socket.socket(fileno=os.dup(own_stream()))
    try:
        one.listen(1)
    except OSError as error:
        if error.errno == errno.EINVAL:
            return "let through; the kernel finds it connected"
        raise
    finally:
        one.close()
    return "it listens"


def _making(name: str, family: int, kind: int, protocol: int = 0) -> None:
    """Attacks that make a socket of one kind."""

    @attack(name, unknown=True)
    def make(targets: Targets) -> str:
        socket.socket(family, kind, protocol).close()
        return "made"


_making("socket_raw", socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
_making("socket_raw_ipv6", socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
_making("socket_ping", socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
_making("socket_netlink", socket.AF_NETLINK, socket.SOCK_RAW, 0)
_making("socket_packet", socket.AF_PACKET, socket.SOCK_RAW)
_making("socket_vsock", socket.AF_VSOCK, socket.SOCK_STREAM)
_making("socket_crypto", socket.AF_ALG, socket.SOCK_SEQPACKET)
_making("socket_sctp", socket.AF_INET, socket.SOCK_STREAM, _IPPROTO_SCTP)
_making("socket_smc", _AF_SMC, socket.SOCK_STREAM)
_making("socket_bluetooth", 31, socket.SOCK_RAW)
_making("socket_tipc", 30, socket.SOCK_RAW)
_making("socket_xdp", 44, socket.SOCK_RAW)
_making("socket_unix", socket.AF_UNIX, socket.SOCK_STREAM)


@attack("signal_by_peer_of_stream", forked=False)
def _peer(targets: Targets) -> str:
    one = socket.socket(fileno=os.dup(own_stream()))
    try:
        daemon = one.getsockopt(socket.SOL_SOCKET, _SO_PEERPIDFD)
    except OSError as error:
        if error.errno in (errno.ENOPROTOOPT, errno.EINVAL):
            raise Absent("this kernel gives no process of a peer") from None
        raise
    finally:
        one.close()
    from .processes import HARMLESS, signal_by_descriptor

    signal_by_descriptor(daemon, HARMLESS)
    return "the daemon got a signal"


@attack("allowed_socket_pair")
def _pair(targets: Targets) -> str:
    one, other = socket.socketpair()
    one.sendall(b"x")
    return f"{len(other.recv(8))} byte came through"
