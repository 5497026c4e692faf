"""The handshakes among the vectors: both sides, every key, every flight."""

import crypto
import handshake
from faults import Fault
from vectors import differs, first, outcome

unhex = bytes.fromhex


class Transcripts:
    def __init__(self, protocol, file):
        self.protocol = protocol
        self.by_name = {vector["name"]: vector for vector in file["valid"]}

    def handshake(self, vector):
        return self.transcript(vector) if vector["kind"] == "transcript" else self.answers(vector)

    def transcript(self, vector):
        """Both sides, made from the one-time secrets and seeds that are stated."""
        has = lambda name: unhex(vector[name])
        node_seed, node = unhex(vector["node"]["seed"]), unhex(vector["node"]["publicKey"])
        device_seed, device = unhex(vector["device"]["seed"]), unhex(vector["device"]["publicKey"])
        request = handshake.login_request(crypto.x25519_public(has("clientSecret")), node)
        server = handshake.server_request(request, has("serverSecret"), node)
        challenge = handshake.server_challenge(server, has("serverSecret"), node_seed, has("terms"))
        _, client, terms = handshake.client_answer(challenge, request, has("clientSecret"), node, self.protocol)
        response = handshake.client_response(client, node, device_seed, has("blessing"))
        found_device, blessing = handshake.server_response(response, server, node, vector["wallMs"])
        result = handshake.Direction(server.to_client).seal(has("resultPlaintext"))
        opened = handshake.Direction(client.to_client).open(result)
        stated = {
            "X": crypto.x25519_public(has("clientSecret")),
            "Y": crypto.x25519_public(has("serverSecret")),
            "shared": client.shared,
            "loginRequest": request,
            "loginChallenge": challenge,
            "loginResponse": response,
            "loginResult": result,
            "terms": terms,
            "info": handshake.read_result(opened, self.protocol),
            "h1": client.h1,
            "h2": client.h2,
            "h3": client.h3,
            "challengeKey": client.challenge,
            "responseKey": client.response,
            "serverMacKey": client.server_mac,
            "clientMacKey": client.client_mac,
            "toServer": client.to_server,
            "toClient": client.to_client,
        }
        wrong = [name for name, data in stated.items() if data.hex() != vector[name]]
        return first(
            differs(wrong, []),
            differs(found_device, device),
            differs(blessing is None, vector["blessing"] == ""),
            differs(server.h3, client.h3),
            self.proofs(vector),
        )

    def proofs(self, vector):
        for plaintext, stated in (("challengePlaintext", "nodeProof"), ("responsePlaintext", "deviceProof")):
            found = [data.hex() for data in handshake.read_proof(unhex(vector[plaintext]))]
            names = ("publicKey", "signature", "mac", "extra")
            wrong = differs(found, [vector[stated][name] for name in names])
            if wrong is not None:
                return wrong
        return None

    def answers(self, vector):
        ask = lambda flight: handshake.client_answer(unhex(flight), b"", bytes(32), bytes(32), self.protocol)
        refusals = [outcome(lambda flight=flight: ask(flight)) for flight in vector["refusedAnswers"]]
        try:
            handshake.read_result(unhex(vector["resultPlaintext"]), self.protocol)
            told = None
        except Fault as fault:
            told = (fault.code, fault.detail)
        return first(
            differs(ask(vector["cookieAnswer"]), ("cookie", unhex(vector["cookie"]))),
            differs(refusals, vector["refused"]),
            differs(told, (vector["resultFault"], vector["resultDetail"])),
        )

    def not_handshake(self, vector):
        return differs(outcome(lambda: self.receive(vector)), vector["fault"])

    def receive(self, vector):
        """The flight in its place, before it what the transcript states."""
        of = self.by_name[vector["of"]]
        has = lambda name: unhex(of[name])
        flight = unhex(vector["bytes"])
        node = unhex(of["node"]["publicKey"])
        if vector["at"] == "loginRequest":
            return handshake.server_request(flight, has("serverSecret"), node)
        if vector["at"] == "loginResponse":
            keys = handshake.server_request(has("loginRequest"), has("serverSecret"), node)
            handshake.server_challenge(keys, has("serverSecret"), unhex(of["node"]["seed"]), has("terms"))
            return handshake.server_response(flight, keys, node, of["wallMs"])
        before = flight if vector["at"] == "loginChallenge" else has("loginChallenge")
        answer = handshake.client_answer(before, has("loginRequest"), has("clientSecret"), node, self.protocol)
        if vector["at"] == "loginChallenge":
            return answer
        handshake.client_response(answer[1], node, unhex(of["device"]["seed"]), has("blessing"))
        plaintext = handshake.Direction(answer[1].to_client).open(flight)
        return handshake.read_result(plaintext, self.protocol)
