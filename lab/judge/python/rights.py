"""A running node, and who may do what: invitations that are over, grants that are too wide, members who leave,
devices that are revoked, profiles that somebody changed meanwhile."""

import os

import crypto
import identities
import objects
from client import Device, now_ms

HOUR_MS = 3_600_000


def grant(site, to, kind=0, permissions=3, delegations=0, **changes):
    fields = {
        "subject": to, "kind": kind, "site": site.id, "resource": "*", "permissions": permissions,
        "delegations": delegations, "notBefore": now_ms(), "expires": 0, "quota": 0, "caveats": [],
        "nonce": os.urandom(16),
    }
    fields.update(changes)
    return list(zip(range(3, 14), fields.values()))


class Invitation:
    """Made by a member whose own path is known to the node."""

    def __init__(self, site, by_seed, **changes):
        self.seed = os.urandom(32)
        self.key, agree = identities.invite_keys(self.seed)
        said = grant(site, self.key, kind=1, **{"delegations": 1, **changes})
        self.attestation = objects.sign_object("attestation", by_seed, said)
        self.request = {
            "site": site.id.hex(),
            "attestation": self.attestation.hex(),
            "envelope": site.envelope(crypto.x25519_public(agree)).hex(),
            "expiresMs": now_ms() + HOUR_MS,
        }


class Rights:
    def __init__(self, live, ada, site):
        self.live, self.facts = live, live.facts
        self.ada, self.site = ada, site

    def run(self):
        carol = Device()
        session = self.sign_up(carol)
        self.invitations(session, carol)
        self.members(session, carol)
        self.devices()
        self.profiles(session)

    def sign_up(self, device):
        """By an invitation to a site that she does not take up yet."""
        self.offered = Invitation(self.site, self.live.ada.sign_seed, permissions=11, delegations=2)
        self.ada.call("invite", **self.offered.request)
        session = self.live.auth(device)
        request = {
            "user": device.user_key.hex(),
            "blessing": device.blessing(self.live.node).hex(),
            "deviceName": "Python",
            "profile": {"name": "Carol", "about": "", "locale": ""},
            "admission": {
                "kind": "invitation",
                "key": self.offered.key.hex(),
                "proof": crypto.sign(self.offered.seed, "invite/admit", device.user_key + self.live.node).hex(),
            },
        }
        self.facts.equal("signing up by an invitation", session.call("signup", **request)["admin"], False)
        thief = Device()
        stolen = {**request, "user": thief.user_key.hex(), "blessing": thief.blessing(self.live.node).hex()}
        other = self.live.auth(thief)
        self.facts.refused("its proof for another user", "badProof", lambda: other.call("signup", **stolen))
        return session

    def take_up(self, session, device, invitation, path=None, **changes):
        said = grant(self.site, device.user_key, **changes)
        last = objects.sign_object("attestation", invitation.seed, said)
        path = [self.live.root_attestation, invitation.attestation] if path is None else path
        return session.call(
            "join",
            site=self.site.id.hex(),
            proof=[data.hex() for data in [*path, last]],
            envelope=self.site.own_envelope(device).hex(),
        )

    def invitations(self, session, carol):
        facts, offered = self.facts, self.offered
        facts.refused(
            "more than was offered", "forbidden",
            lambda: self.take_up(session, carol, offered, permissions=31, delegations=1),
        )
        facts.refused(
            "more re-delegations than were offered", "forbidden",
            lambda: self.take_up(session, carol, offered, permissions=11, delegations=2),
        )
        facts.refused(
            "an exchange for another", "badProof",
            lambda: self.take_up(session, self.live.ada, offered, permissions=11, delegations=1),
        )
        facts.refused(
            "a path without its beginning", "badProof",
            lambda: self.take_up(session, carol, offered, path=[offered.attestation], permissions=11),
        )
        joined = self.take_up(session, carol, offered, permissions=11, delegations=1)
        facts.equal("what was offered", joined["permissions"], 11)
        bob = self.live.auth(self.live.bob)
        facts.refused(
            "an invitation that was used", "used",
            lambda: self.take_up(bob, self.live.bob, offered, permissions=11),
        )
        facts.refused("an invitation by who may not invite", "forbidden", lambda: bob.call(
            "invite", **Invitation(self.site, self.live.bob.sign_seed, delegations=1).request
        ))
        wide = Invitation(self.site, carol.sign_seed, permissions=31, delegations=0)
        facts.refused("an invitation to more than its maker has", "forbidden", lambda: session.call("invite", **wide.request))
        dead_end = Invitation(self.site, carol.sign_seed, permissions=3, delegations=0)
        facts.refused("an invitation without a re-delegation", "malformed", lambda: session.call("invite", **dead_end.request))
        withdrawn = Invitation(self.site, self.live.ada.sign_seed)
        self.ada.call("invite", **withdrawn.request)
        self.ada.call("withdraw", site=self.site.id.hex(), key=withdrawn.key.hex())
        facts.refused(
            "an invitation that was withdrawn", "revoked",
            lambda: self.take_up(bob, self.live.bob, withdrawn),
        )
        proof = crypto.sign(withdrawn.seed, "invite/look", self.live.node + carol.key).hex()
        shown = session.call("invitation", key=withdrawn.key.hex(), proof=proof)
        found = (shown["state"], shown["proof"], shown["envelope"], shown["label"])
        facts.equal("it shows its state and nothing else", found, ("withdrawn", [], "", ""))
        states = sorted(row["state"] for row in self.ada.call("invitations", site=self.site.id.hex()))
        facts.equal("the list of invitations", states, ["used", "used", "withdrawn"])

    def members(self, session, carol):
        """Who leaves loses what she held at once."""
        facts, site = self.facts, self.site.id.hex()
        log = self.site.log("chat")
        token = bytes.fromhex(session.call("login", shard=0, guid=os.urandom(16).hex())["token"])
        tail = self.live.tail(carol, token)
        handle = tail.call("lease", site=site, log=log.hex(), want="write")["handle"]
        tail.call("attach", handle=handle, **{"from": 1}, bytesMax=262_144)
        session.call("leave", site=site)
        facts.equal("leaving ends the lease", tail.push("revoke"), {"handle": handle, "fault": 10})
        entry = self.site.entry(log, carol, 1, 1, b"late")
        tail.cast("write", handle=handle, at=None, entries=entry.hex())
        facts.equal("and refuses its writes", tail.push("nack")["reason"], {"kind": "refused", "fault": 10})
        place = {"site": site, "log": log.hex()}
        facts.refused("and gives no other", "forbidden", lambda: tail.call("lease", **place, want="read"))
        facts.refused("a site of others", "forbidden", lambda: session.call("site", site=site))
        names = [member["name"] for member in self.ada.call("members", site=site, after=None)["members"]]
        facts.holds("nor is she a member", "Carol" not in names)

    def devices(self):
        """A second device of a user, and its end."""
        facts, second = self.facts, Device(self.live.ada.secret)
        session = self.live.auth(second)
        token = bytes.fromhex(session.call("login", shard=0, guid=os.urandom(16).hex())["token"])
        tail = self.live.tail(second, token)
        rows = {row["device"] for row in self.ada.call("devices")}
        facts.holds("a device of a known user is registered", second.device.hex() in rows)
        self.ada.call("renameDevice", device=second.device.hex(), name="  Second \u202e ")
        names = [row["name"] for row in self.ada.call("devices") if row["device"] == second.device.hex()]
        facts.equal("its name, cleaned", names, ["Second"])
        self.ada.call("revokeDevice", device=second.device.hex())
        facts.equal("revoking ends its tail", tail.socket.closed(), 4010)
        facts.equal("and its session", session.socket.closed(), 4010)
        facts.refused("and its next one", "revoked", lambda: self.live.auth(second))
        facts.refused("a device of somebody else", "unknown", lambda: self.ada.call(
            "revokeDevice", device=self.live.bob.device.hex()
        ))
        borrowed = Device(self.live.bob.secret, self.live.ada.seed)
        facts.refused("a device that is another user's", "taken", lambda: self.live.auth(borrowed))

    def profiles(self, session):
        facts = self.facts
        version = session.call("whoami")["version"]
        changes = [{"kind": "name", "value": "Caroline"}, {"kind": "locale", "value": "not a language"}]
        answer = session.call("updateProfile", version=version, changes=changes)
        facts.equal("a change", (answer["kind"], len(answer["comments"])), ("ok", 1))
        late = session.call("updateProfile", version=version, changes=changes)
        facts.equal("a change that comes late", (late["kind"], late["profile"]["name"]), ("stale", "Caroline"))
