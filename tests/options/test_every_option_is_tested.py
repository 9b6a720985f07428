"""For every option a test that shows what it does; an option without one is listed with the reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from purezmq.base.options import CONTEXT_OPTIONS, OPTIONS

TESTS = Path(__file__).parents[1]

SECURITY = "sockets/test_security.py"
XPUB = "sockets/test_xpub_xsub.py"
TCP = "options/test_tcp_options.py"
MESSAGES = "options/test_messages_of_the_library.py"
ACCESS = "sockets/test_access_options.py"
THREADS = "options/test_threads.py"
LIFE = "sockets/test_context_life.py"

SHOWN_BY = {
    "AFFINITY": f"{THREADS}::test_affinity_chooses_among_the_threads",
    "BACKLOG": f"{TCP}::test_backlog_is_the_length_of_the_queue",
    "BINDTODEVICE": f"{TCP}::test_bindtodevice",
    "BUSY_POLL": f"{TCP}::test_busy_poll",
    "CONFLATE": "sockets/test_conflate.py::test_set_after_bind_it_acts_on_later_binds_only",
    "CONNECT_ROUTING_ID": "sockets/test_router.py::test_connect_routing_id_names_the_peer_of_the_next_connect",
    "CONNECT_TIMEOUT": f"{ACCESS}::test_a_pending_connection_is_given_up_after_connect_timeout",
    "CURVE_PUBLICKEY": f"{SECURITY}::test_settings_that_can_never_work_are_refused_at_once",
    "CURVE_SECRETKEY": f"{SECURITY}::test_a_client_needs_no_public_key_of_its_own",
    "CURVE_SERVER": "interop/test_security.py::test_a_wrong_server_key_is_refused",
    "CURVE_SERVERKEY": "interop/test_security.py::test_a_wrong_server_key_is_refused",
    "DISCONNECT_MSG": f"{MESSAGES}::test_disconnect_msg_is_received_when_a_peer_leaves",
    "EVENTS": "sockets/test_fd_and_events.py",
    "FD": "sockets/test_fd_and_events.py",
    "HANDSHAKE_IVL": "robustness/test_slow_and_silent_peers.py::test_the_handshake_has_a_deadline",
    "HEARTBEAT_IVL": "interop/test_heartbeats.py::test_a_frozen_libzmq_peer_is_given_up_and_comes_back",
    "HEARTBEAT_TIMEOUT": "interop/test_heartbeats.py::test_a_frozen_libzmq_peer_is_given_up_and_comes_back",
    "HEARTBEAT_TTL": "interop/test_heartbeats.py::test_a_peer_that_asked_for_a_time_to_live_is_given_up_when_silent",
    "HELLO_MSG": f"{MESSAGES}::test_hello_msg_is_the_first_message_of_every_connection",
    "HICCUP_MSG": f"{MESSAGES}::test_hiccup_msg_is_received_when_the_connection_breaks",
    "HWM": "sockets/test_options.py::test_hwm_is_both_high_water_marks",
    "IMMEDIATE": "sockets/test_immediate.py::test_with_it_only_when_the_peer_is_there",
    "INVERT_MATCHING": "sockets/test_publish_subscribe.py::test_both_ends_can_invert_the_match",
    "IN_BATCH_SIZE": "options/test_sizes.py::test_in_batch_size_is_the_most_that_one_read_takes",
    "IPC_FILTER_GID": f"{ACCESS}::test_an_ipc_filter_lets_in_whom_it_names",
    "IPC_FILTER_PID": f"{ACCESS}::test_an_ipc_filter_lets_in_whom_it_names",
    "IPC_FILTER_UID": f"{ACCESS}::test_an_ipc_filter_lets_in_whom_it_names",
    "IPV4ONLY": "sockets/test_tcp_endpoints.py::test_ipv4only_0_is_ipv6_1",
    "IPV6": "sockets/test_tcp_endpoints.py::test_any_address_with_ipv6_takes_both_families",
    "LAST_ENDPOINT": "sockets/test_endpoint_names.py",
    "LINGER": "sockets/test_linger.py",
    "MAXMSGSIZE": "robustness/test_maxmsgsize.py",
    "MECHANISM": f"{SECURITY}::test_the_mechanism_can_be_read",
    "METADATA": "sockets/test_frame.py::test_metadata_of_the_peer_can_be_read",
    "ONLY_FIRST_SUBSCRIBE": f"{MESSAGES}::test_only_first_subscribe",
    "OUT_BATCH_SIZE": "options/test_sizes.py::test_out_batch_size_is_how_much_is_encoded_ahead",
    "PLAIN_PASSWORD": "auth/test_authenticator.py::test_it_serves_from_start_to_stop",
    "PLAIN_SERVER": f"{SECURITY}::test_the_mechanism_can_be_read",
    "PLAIN_USERNAME": "auth/test_authenticator.py::test_it_serves_from_start_to_stop",
    "PRIORITY": f"{TCP}::test_options_of_new_sockets_are_on_all_of_them",
    "PROBE_ROUTER": "sockets/test_router.py::test_a_probe_announces_the_peer",
    "RCVBUF": f"{TCP}::test_options_of_new_sockets_are_on_all_of_them",
    "RCVHWM": "sockets/test_high_water_mark.py",
    "RCVMORE": "sockets/test_multipart.py::test_parts_are_sent_one_by_one_and_rcvmore_tells_when_to_stop",
    "RCVTIMEO": "sockets/test_timeouts.py::test_a_receiver_gives_up_after_rcvtimeo",
    "RECONNECT_IVL": "options/test_reconnect_options.py::test_reconnect_ivl_is_the_pause_and_its_jitter",
    "RECONNECT_IVL_MAX": "options/test_reconnect_options.py::test_reconnect_ivl_max_doubles_the_pause_without_jitter",
    "RECONNECT_STOP": "options/test_reconnect_options.py::test_reconnect_stop_after_a_refusal",
    "REQ_CORRELATE": "sockets/test_request_reply.py::test_correlate_adds_a_four_byte_number",
    "REQ_RELAXED": "sockets/test_request_reply.py::test_relaxed_allows_to_ask_again",
    "ROUTER_HANDOVER": "sockets/test_router.py::test_with_handover_the_second_peer_takes_over",
    "ROUTER_MANDATORY": "sockets/test_router.py::test_mandatory_makes_an_unknown_id_an_error",
    "ROUTER_NOTIFY": f"{MESSAGES}::test_router_notify_tells_of_peers_that_come_and_go",
    "ROUTER_RAW": "options/test_router_raw.py::test_bytes_come_and_go_as_they_are",
    "ROUTING_ID": "interop/test_routing_ids.py::test_a_libzmq_router_sees_our_id",
    "SNDBUF": f"{TCP}::test_options_of_new_sockets_are_on_all_of_them",
    "SNDHWM": "sockets/test_high_water_mark.py",
    "SNDTIMEO": "sockets/test_timeouts.py::test_a_sender_without_peers_gives_up_after_sndtimeo",
    "SOCKS_PASSWORD": "options/test_socks.py::test_name_and_password",
    "SOCKS_PROXY": "options/test_socks.py::test_messages_pass_the_proxy",
    "SOCKS_USERNAME": "options/test_socks.py::test_name_and_password",
    "STREAM_NOTIFY": "sockets/test_stream.py::test_notifications_can_be_switched_off",
    "SUBSCRIBE": "sockets/test_publish_subscribe.py",
    "TCP_ACCEPT_FILTER": f"{ACCESS}::test_an_accept_filter_is_a_list_of_networks",
    "TCP_KEEPALIVE": f"{TCP}::test_options_of_connections",
    "TCP_KEEPALIVE_CNT": f"{TCP}::test_options_of_connections",
    "TCP_KEEPALIVE_IDLE": f"{TCP}::test_options_of_connections",
    "TCP_KEEPALIVE_INTVL": f"{TCP}::test_options_of_connections",
    "TCP_MAXRT": f"{TCP}::test_options_of_connections",
    "THREAD_SAFE": "sockets/test_single_part_types.py::test_these_types_are_called_thread_safe",
    "TOPICS_COUNT": "sockets/test_options.py::test_topics_count_counts_distinct_topics",
    "TOS": f"{TCP}::test_options_of_new_sockets_are_on_all_of_them",
    "TYPE": "sockets/test_options.py::test_every_socket_knows_its_type",
    "UNSUBSCRIBE": "interop/test_subscriptions.py::test_unsubscribing",
    "USE_FD": "options/test_use_fd.py::test_bind_takes_over_a_listening_socket",
    "XPUB_MANUAL": f"{XPUB}::test_manual_leaves_the_decision_to_the_application",
    "XPUB_MANUAL_LAST_VALUE": f"{XPUB}::test_manual_last_value_sends_the_next_message_to_the_newest_subscriber_only",
    "XPUB_NODROP": f"{XPUB}::test_with_nodrop_a_full_subscriber_stops_the_publisher",
    "XPUB_VERBOSE": f"{XPUB}::test_verbose_reports_every_subscription",
    "XPUB_VERBOSER": f"{XPUB}::test_verboser_reports_every_cancellation_too",
    "XPUB_WELCOME_MSG": f"{XPUB}::test_a_welcome_message_greets_every_new_subscriber_of_its_topic",
    "XSUB_VERBOSE_UNSUBSCRIBE": f"{MESSAGES}::test_xsub_verbose_unsubscribe_forwards_what_was_never_subscribed",
    "ZAP_DOMAIN": f"{SECURITY}::test_null_asks_if_it_has_a_domain",
    "ZAP_ENFORCE_DOMAIN": f"{SECURITY}::test_null_with_a_domain_and_no_handler",
    # of contexts
    "BLOCKY": f"{LIFE}::test_a_context_that_is_not_blocky_makes_sockets_that_do_not_linger",
    "IO_THREADS": f"{THREADS}::test_threads_have_libzmqs_names",
    "MAX_MSGSZ": "options/test_sizes.py::test_max_msgsz_bounds_what_is_sent",
    "MAX_SOCKETS": f"{LIFE}::test_too_many_sockets_is_emfile",
    "THREAD_AFFINITY_CPU_ADD": f"{THREADS}::test_processors",
    "THREAD_AFFINITY_CPU_REMOVE": f"{THREADS}::test_processors",
    "THREAD_NAME_PREFIX": f"{THREADS}::test_a_prefix_of_their_names",
    "THREAD_PRIORITY": f"{THREADS}::test_a_priority_without_a_policy_is_the_best_nice_value",
    "THREAD_SCHED_POLICY": f"{THREADS}::test_scheduling_policy",
}

WITHOUT_EFFECT = {
    "LOOPBACK_FASTPATH": "Windows only, in libzmq too",
    "MSG_T_SIZE": "the size of a structure that is not there; it can only be read",
    "ZERO_COPY_RECV": "large frames are received without a copy, small ones own their memory, whatever it says",
}
OF_MULTICAST = {"MULTICAST_HOPS", "MULTICAST_LOOP", "MULTICAST_MAXTPDU", "RATE", "RECOVERY_IVL"}

ROWS = {row.name: row for row in [*OPTIONS.values(), *CONTEXT_OPTIONS.values()]}


def test_every_option_that_there_is_has_a_test_or_a_reason():
    there = {name for name, row in ROWS.items() if row.supported}
    assert there - set(SHOWN_BY) - set(WITHOUT_EFFECT) - OF_MULTICAST - OF_TRANSPORTS == set()
    assert set(SHOWN_BY) <= set(ROWS)
    assert not set(SHOWN_BY) & set(WITHOUT_EFFECT)


# Tested with the transport or mechanism that they are for.
OF_TRANSPORTS = {name for name in ROWS if name.startswith(("WSS_", "GSSAPI_", "NORM_", "VMCI_"))}


@pytest.mark.parametrize("name", sorted(SHOWN_BY))
def test_the_test_is_there(name):
    path, _, function = SHOWN_BY[name].partition("::")
    source = (TESTS / path).read_text("utf-8")
    if function:
        assert re.search(rf"^def {function}\(", source, re.M), f"{SHOWN_BY[name]} is gone"
    else:
        assert re.search(name, source, re.I), f"{path} does not mention {name}"
