"""Sockets with multicast endpoints, as programs that run in a namespace."""

from __future__ import annotations

import sys

import pytest


@pytest.mark.parametrize(
    ("begin", "end", "other"), [("bind", "unbind", "disconnect"), ("connect", "disconnect", "unbind")]
)
def test_bind_and_connect_do_the_same(lonely, run_in, begin, end, other):
    run_in(
        lonely,
        f"""
        pub, sub = make(zmq.PUB, None), make(zmq.SUB, None)
        for one in (sub, pub):
            one.{begin}(HERE)
            assert one.last_endpoint == HERE.encode()
        meet(pub, sub)
        pub.send_multipart([b"a", b"b"])
        assert sub.recv_multipart() == [b"a", b"b"]
        for one in (pub, sub):
            try:
                one.{other}(HERE)
            except zmq.ZMQError as error:
                assert error.errno == errno.ENOENT
            else:
                assert False
            one.{end}(HERE)
        wait_until(lambda: not pub.peers() and not sub.peers(), "the end")
        assert pub._pump.handlers == sub._pump.handlers == {{}}
        """,
    )


def test_stats_and_peers(lonely, run_in):
    run_in(
        lonely,
        """
        pub, sub = make(zmq.PUB), make(zmq.SUB)
        (entry,) = sub.peers()
        assert (entry["endpoint"], entry["state"]) in [(HERE, "waiting"), (HERE, "connected")]
        meet(pub, sub)
        before = pub.stats(), sub.stats()
        pub.send(b"12345")
        pub.send_multipart([b"12", bytes(3000)])
        sub.recv(), sub.recv_multipart()
        after = pub.stats(), sub.stats()
        assert after[0]["messages_out"] - before[0]["messages_out"] == 2
        assert after[0]["bytes_out"] - before[0]["bytes_out"] == 3007
        assert after[1]["messages_in"] - before[1]["messages_in"] == 2
        assert after[1]["bytes_in"] - before[1]["bytes_in"] == 3007
        assert after[0]["pgm"]["odata_out"] >= 4 and after[1]["pgm"]["odata_in"] >= 4
        (source,) = sub.peers()
        assert (source["state"], source["address"]) == ("connected", "127.0.0.1")
        assert len(source["routing_id"]) == 8 and source["messages_in"] == after[1]["messages_in"]
        (group,) = pub.peers()
        assert (group["state"], group["messages_out"]) == ("connected", after[0]["messages_out"])
        pub.close()
        wait_until(lambda: sub.stats()["peers"] == 0, "the source to be forgotten")
        assert sub.stats()["messages_in"] == after[1]["messages_in"]
        """,
    )


def test_connecting_may_wait_for_a_source(lonely, run_in):
    run_in(
        lonely,
        """
        import threading
        sub = make(zmq.SUB, None)
        made = []
        threading.Timer(0.3, lambda: made.append(make(zmq.PUB))).start()
        sub.connect(HERE, wait=10_000)
        assert sub.stats()["peers"] == 1
        assert sub.wait_for_peers(1, timeout=10_000)
        """,
    )


def test_subscribers_filter_and_nothing_goes_upstream(lonely, run_in):
    run_in(
        lonely,
        """
        pub, xsub = make(zmq.XPUB), make(zmq.XSUB)
        picky = make(zmq.SUB, subscribe=b"b")
        meet(pub, xsub)
        wait_until(lambda: picky.stats()["peers"], "the source")
        xsub.send(b"\\x01topic")
        xsub.send(b"a message")
        for word in (b"apple", b"banana", b"cherry", b"blueberry"):
            pub.send(word)
        assert [xsub.recv() for _ in range(4)] == [b"apple", b"banana", b"cherry", b"blueberry"]
        assert [picky.recv() for _ in range(2)] == [b"banana", b"blueberry"]
        picky.subscribe(b"c")
        pub.send(b"cucumber")
        assert picky.recv() == b"cucumber"
        assert not pub.poll(200)
        assert xsub.stats()["drops"] == {"no_way_upstream": 1}
        pub.disconnect(HERE)
        assert not pub.poll(200)  # no cancellation either
        """,
    )


def test_inverted_matching_does_not_keep_messages_from_the_group(lonely, run_in):
    run_in(
        lonely,
        """
        pub, sub = make(zmq.XPUB), make(zmq.SUB)
        meet(pub, sub)
        pub.invert_matching = 1
        pub.send(b"all the same")
        assert sub.recv() == b"all the same"
        """,
    )


def test_a_publisher_may_have_tcp_subscribers_as_well(lonely, run_in):
    run_in(
        lonely,
        """
        pub, sub = make(zmq.XPUB), make(zmq.SUB)
        pub.bind("tcp://127.0.0.1:*")
        other = make(zmq.SUB, None)
        other.connect(pub.last_endpoint.decode())
        assert pub.recv() == b"\\x01"
        meet(pub, sub)
        while other.poll(100):
            other.recv()
        for number in range(100):
            pub.send(b"%d" % number)
        for one in (sub, other):
            assert [int(one.recv()) for _ in range(100)] == list(range(100))
        """,
    )


def test_the_second_connect_of_pub_and_sub_changes_nothing(lonely, run_in):
    run_in(
        lonely,
        """
        pub, sub = make(zmq.PUB), make(zmq.SUB)
        pub.connect(HERE), sub.connect(HERE), sub.bind(HERE)
        meet(pub, sub)
        assert len(pub.peers()) == len(sub.peers()) == 1
        pub.send(b"once")
        assert sub.recv() == b"once"
        assert not sub.poll(100)
        """,
    )


def test_multicast_loop(cable, run_in):
    # What the first one says is not heard on its own host: the second one's message comes first.
    run_in(
        cable.ends["a"],
        """
        sub = make(zmq.SUB, CABLE)
        quiet, loud = make(zmq.PUB, CABLE, multicast_loop=0), make(zmq.PUB, CABLE)
        assert loud.multicast_loop == 1
        for _ in range(5):
            quiet.send(b"quiet")
        meet(loud, sub)
        quiet.send(b"quiet")
        loud.send(b"loud")
        assert sub.recv() == b"loud"
        assert sub.stats()["peers"] == 1
        """,
    )


def test_hops_traffic_class_size_and_buffers(cable, run_in):
    run_in(
        cable.ends["a"],
        """
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        ear.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        ear.setsockopt(socket.IPPROTO_IP, 12, 1)  # IP_RECVTTL
        ear.bind(("239.192.1.1", PORT))
        index = socket.if_nametoindex("va")
        ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
            socket.inet_aton("239.192.1.1") + bytes(4) + struct.pack("=i", index))
        ear.settimeout(10)
        pub = make(zmq.PUB, CABLE, multicast_hops=5, multicast_maxtpdu=500, sndbuf=20_000, rcvbuf=30_000)
        pub.send(bytes(2000))
        largest = 0
        for _ in range(8):  # three SPMs and five parts
            data, notes, _, _ = ear.recvmsg(2000, 200)
            largest = max(largest, len(data))
            found = {kind: value[0] for _, kind, value in notes}
            assert found == {socket.IP_TTL: 5, socket.IP_TOS: 0xB8}, found
        assert largest + 28 + 20 == 500
        (line,) = pub._pump.connectors
        assert line.sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == 40_000
        assert line._ear.sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) == 60_000
        """,
    )


def test_a_full_publisher_drops_or_waits(lonely, run_in):
    run_in(
        lonely,
        """
        pub = make(zmq.PUB, rate=100, sndhwm=5)
        for _ in range(50):
            pub.send(bytes(1400))
        drops = pub.stats()["drops"]["no_room"]
        assert 30 <= drops <= 40, drops  # the first eight leave at once
        waiting = make(zmq.XPUB, rate=100, sndhwm=5, xpub_nodrop=1, sndtimeo=100)
        sent = 0
        try:
            for sent in range(50):
                waiting.send(bytes(1400))
        except zmq.Again:
            pass
        assert 10 <= sent <= 20, sent
        waiting.sndtimeo = 10_000
        waiting.send(b"after a while")
        assert waiting.stats()["drops"] == {}
        """,
    )


def test_a_full_subscriber_reads_on_when_there_is_room(lonely, run_in):
    run_in(
        lonely,
        """
        sub = make(zmq.SUB, rcvhwm=10, rcvbuf=10_000, recovery_ivl=10_000)
        pub = make(zmq.PUB, recovery_ivl=10_000)
        meet(pub, sub)
        for number in range(500):
            pub.send(b"%d" % number + bytes(1000))
        wait_until(lambda: pub.stats()["queue_out"] == 0, "everything to be sent")
        time.sleep(0.5)
        assert sub.stats()["queue_in"] <= 10
        assert [int(sub.recv()[:-1000]) for _ in range(500)] == list(range(500))
        """,
    )


def test_closing_delivers_everything(lonely, run_in):
    run_in(
        lonely,
        """
        sub = make(zmq.SUB)
        own = zmq.Context()
        pub = own.socket(zmq.PUB)
        pub.connect(HERE)  # at 100 kbit/s
        meet(pub, sub)
        for number in range(16):
            pub.send(b"%d" % number + bytes(1300))
        began = time.monotonic()
        pub.close()
        assert time.monotonic() - began < 1
        own.term()
        assert 0.7 < time.monotonic() - began < 20
        assert [int(sub.recv()[:-1300]) for _ in range(16)] == list(range(16))
        wait_until(lambda: not sub.stats()["peers"], "the goodbye")
        """,
    )


def test_closing_without_linger_waits_for_nothing(lonely, run_in):
    run_in(
        lonely,
        """
        own = zmq.Context()
        pub = own.socket(zmq.PUB)
        pub.connect(HERE)
        for number in range(1000):
            pub.send(bytes(1300))
        began = time.monotonic()
        pub.close(linger=0)
        own.term()
        assert time.monotonic() - began < 10  # sending all of it would take more than a minute and a half
        own = zmq.Context()
        pub = own.socket(zmq.PUB)
        pub.connect(HERE)
        for number in range(1000):
            pub.send(bytes(1300))
        pub.close(linger=300)
        own.term()
        assert 0.3 <= time.monotonic() - began < 15
        """,
    )


def test_disconnecting_delivers_as_well(lonely, run_in):
    run_in(
        lonely,
        """
        sub = make(zmq.SUB)
        pub = make(zmq.PUB, rate=100, linger=-1)
        meet(pub, sub)
        for number in range(15):
            pub.send(b"%d" % number + bytes(1300))
        pub.disconnect(HERE)
        pub.send(b"to nobody")
        assert [int(sub.recv()[:-1300]) for _ in range(15)] == list(range(15))
        wait_until(lambda: not sub.stats()["peers"], "the goodbye")
        assert not sub.poll(0)
        """,
    )


def test_events(lonely, run_in):
    run_in(
        lonely,
        """
        from purezmq.utils.monitor import recv_monitor_message
        sub = make(zmq.SUB, None)
        monitor = sub.get_monitor_socket()
        monitor.rcvtimeo = 10_000
        sub.bind(HERE)
        def next_event():
            found = recv_monitor_message(monitor)
            assert found["endpoint"] == HERE.encode()
            return found["event"]
        assert next_event() == zmq.EVENT_LISTENING
        pub = make(zmq.PUB)
        assert next_event() == zmq.EVENT_CONNECTED
        pub.close()
        assert next_event() == zmq.EVENT_DISCONNECTED
        sub.unbind(HERE)
        assert next_event() == zmq.EVENT_CLOSED
        """,
    )


def test_garbage_harms_nobody(lonely, run_in):
    run_in(
        lonely,
        """
        import random
        pub, sub = make(zmq.PUB), make(zmq.SUB)
        meet(pub, sub)
        rng = random.Random(1)
        vandal = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        vandal.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        for _ in range(300):
            for address in ("239.192.1.1", "127.0.0.1"):
                vandal.sendto(rng.randbytes(rng.randrange(100)), (address, PORT))
                vandal.sendto(b"", (address, PORT))
        pub.send(b"unharmed")
        assert sub.recv() == b"unharmed"
        wait_until(lambda: pub.stats()["pgm"].get("truncated", 0) >= 300, "all of it to be read")
        assert sub.stats()["pgm"]["truncated"] >= 300
        vandal.close()
        """,
    )


def test_an_interruption_in_the_middle_makes_a_new_source_and_loses_no_socket(lonely, run_in):
    run_in(
        lonely,
        """
        pub, sub = make(zmq.PUB), make(zmq.SUB)
        meet(pub, sub)
        (line,) = pub._pump.connectors
        old = line.rules
        class Interrupted(type(old)):
            __slots__ = ()
            def sent(self, packet, now):
                raise KeyboardInterrupt
        old.__class__ = Interrupted
        try:
            pub.send(b"interrupted")
        except KeyboardInterrupt:
            pass
        else:
            assert False
        assert line.rules is not old
        wait_until(lambda: sub.stats()["peers"] == 2, "the new source")
        pub.send(b"again")
        assert b"again" in (sub.recv(), sub.recv())
        """,
    )


def test_packets_larger_than_the_cable_takes_are_fragmented_by_the_system(cable, run_in):
    run_in(
        cable.ends["a"],
        """
        sub = make(zmq.SUB, CABLE, multicast_maxtpdu=9000)
        pub = make(zmq.PUB, CABLE, multicast_maxtpdu=9000)
        meet(pub, sub)
        before = pub.stats()["pgm"].get("odata_out", 0)
        pub.send(bytes(80_000))
        assert sub.recv() == bytes(80_000)
        stats = pub.stats()["pgm"]
        assert stats["odata_out"] - before == 9
        assert "send_failed" not in stats
        """,
    )


def test_idle_endpoints_cost_next_to_nothing(lonely, run_in):
    run_in(
        lonely,
        """
        pub, sub = make(zmq.PUB), make(zmq.SUB)
        meet(pub, sub)
        time.sleep(1)  # the quick heartbeats are over
        began = time.process_time()
        time.sleep(1)
        assert time.process_time() - began < 0.1
        """,
    )


def test_a_forked_child_gives_its_descriptors_back(lonely, run_in):
    run_in(
        lonely,
        """
        import os, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        pub, sub = make(zmq.PUB), make(zmq.SUB)
        meet(pub, sub)
        child = os.fork()
        if not child:
            kinds = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if int(fd) > 2
                and os.path.exists(f"/proc/self/fd/{fd}")]
            os._exit(sum(kind.startswith("socket:") for kind in kinds))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        pub.send(b"still there")
        assert sub.recv() == b"still there"
        """,
    )


def test_closed_sockets_leave_nothing_behind(lonely, run_in):
    run_in(
        lonely,
        """
        import gc, os, weakref
        def use():
            pub, sub = make(zmq.PUB), make(zmq.SUB)
            meet(pub, sub)
            lines = [weakref.ref(one._pump.connectors[0]) for one in (pub, sub)]
            pub.close(), sub.close()
            return lines
        use()
        gc.collect()
        descriptors = len(os.listdir("/proc/self/fd"))
        gc.disable()
        lines = [line for _ in range(3) for line in use()]
        wait_until(lambda: not any(line() for line in lines), "the lines to be gone without a collection")
        assert len(os.listdir("/proc/self/fd")) == descriptors
        """,
    )


def test_asyncio(lonely, run_in):
    run_in(
        lonely,
        """
        import asyncio
        import purezmq.asyncio
        async def main():
            loop_context = purezmq.asyncio.Context()
            sub, pub = loop_context.socket(zmq.SUB), loop_context.socket(zmq.PUB)
            for one in (sub, pub):
                one.rate, one.linger = 100_000, 0
                one.connect(HERE)
            sub.subscribe(b"")
            for number in range(200):
                await pub.send(b"%d" % number + bytes(2000))
            for number in range(200):
                message = await asyncio.wait_for(sub.recv(), 10)
                assert message == b"%d" % number + bytes(2000), number
            loop_context.destroy(linger=0)
        asyncio.run(main())
        """,
    )


def test_raw_sockets_need_permission(lonely, run_purezmq):
    # Root of a namespace of users only: the network is somebody else's.
    program = (
        "import purezmq as zmq\n"
        "socket = zmq.Context().socket(zmq.SUB)\n"
        "try:\n    socket.connect('pgm://127.0.0.1;239.192.1.1:5555')\n"
        "except zmq.ZMQError as error:\n    print(error.errno, 'CAP_NET_RAW' in str(error))\n"
        "socket.context.destroy(linger=0)\n"
    )
    child = run_purezmq(["unshare", "--user", "--map-root-user", sys.executable, "-c", program])
    child.expect("1 True")
    assert child.wait() == 0
    child.kill()
