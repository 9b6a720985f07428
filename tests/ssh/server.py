"""An ssh server for the tests: ``python server.py KEY_FILE`` makes a key that it lets in; prints its port and key."""

from __future__ import annotations

import socket
import sys
import threading

import paramiko


class Rules(paramiko.ServerInterface):
    """Lets one key in, runs nothing, and connects to wherever the client asks."""

    def __init__(self, key, transport):
        self.key = key
        self.transport = transport

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL if key == self.key else paramiko.AUTH_FAILED

    def check_auth_password(self, username, password):
        return paramiko.AUTH_SUCCESSFUL if password == "secret" else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username):
        return "publickey,password"

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        def run():
            if b"echo" in command:
                channel.sendall(command.split(b"echo ")[1].split(b";")[0] + b"\n")
                return  # as if it slept for ever
            channel.send_exit_status(0)
            channel.close()

        threading.Thread(target=run, daemon=True).start()
        return True

    def check_channel_direct_tcpip_request(self, chanid, origin, destination):
        target = socket.create_connection(destination)

        def carry():
            channel = self.transport.accept(10)
            while channel.get_id() != chanid:
                channel = self.transport.accept(10)
            threading.Thread(target=copy, args=(target.recv, channel.sendall), daemon=True).start()
            copy(channel.recv, target.sendall)

        threading.Thread(target=carry, daemon=True).start()
        return paramiko.OPEN_SUCCEEDED


def copy(read, write):
    try:
        while data := read(65536):
            write(data)
    except OSError:
        pass


def main(key_file):
    client_key, host_key = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
    client_key.write_private_key_file(key_file)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], host_key.get_name(), host_key.get_base64(), flush=True)
    while True:
        connection, _ = listener.accept()
        transport = paramiko.Transport(connection)
        transport.add_server_key(host_key)
        try:
            transport.start_server(server=Rules(client_key, transport))
        except (paramiko.SSHException, EOFError):
            continue


if __name__ == "__main__":
    main(sys.argv[1])
