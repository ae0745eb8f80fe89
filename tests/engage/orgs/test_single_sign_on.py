"""The bank's single sign-on lets in whom the console knows by number, and nobody else."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.urls import reverse

from kequn.engage.audit.models import Entry
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role

pytestmark = pytest.mark.django_db
CLIENT = "kequn"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider(ThreadingHTTPServer):
    """An OpenID Connect provider on this machine, which signs in whomever ``number`` names."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.number = ""

    def identity(self):
        now = int(time.time())
        return {"iss": self.address, "aud": CLIENT, "sub": f"sub-{self.number}", "iat": now, "exp": now + 60}


class Answers(BaseHTTPRequestHandler):
    """Discovery, token, keys and claims."""

    def do_GET(self):
        provider = self.server
        if self.path.startswith("/.well-known"):
            ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "me",
                    "jwks_uri": "keys"}  # fmt: skip
            self.tell({"issuer": provider.address} | {name: f"{provider.address}/{end}" for name, end in ends.items()})
        elif self.path == "/me":
            self.tell({"sub": f"sub-{provider.number}", "preferred_username": provider.number})
        elif self.path == "/keys":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            self.tell({"keys": [key | {"kid": "one", "use": "sig", "alg": "RS256"}]})

    def do_POST(self):
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert asked["code"] == ["a-code"]
        assert asked["code_verifier"]
        token = jwt.encode(self.server.identity(), KEY, "RS256", {"kid": "one"})
        self.tell({"access_token": "t", "token_type": "Bearer", "expires_in": 60, "id_token": token})

    def tell(self, answer):
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Nothing on the terminal."""


@pytest.fixture
def provider(settings):
    server = Provider()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app = {"provider_id": "bank", "name": "统一登录", "client_id": CLIENT, "secret": "s",
           "settings": {"server_url": server.address}}  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
    yield server
    server.shutdown()
    server.server_close()


def sign_on(provider, number, browser=None):
    """From our login page to the provider and back."""
    provider.number = number
    browser = browser or Client()
    start = browser.post(reverse("openid_connect_login", args=["bank"]))
    assert start["Location"].startswith(f"{provider.address}/authorize?")
    asked = parse_qs(urlsplit(start["Location"]).query)
    assert asked["client_id"] == [CLIENT]
    back = browser.get(
        reverse("openid_connect_callback", args=["bank"]), {"code": "a-code", "state": asked["state"][0]}
    )
    return browser, back


def test_the_login_page_offers_it(provider):
    assert "用 统一登录 登录" in Client().get(reverse("account_login")).content.decode()


def test_a_known_number_comes_in_without_a_password_or_code_of_ours(provider, settings):
    settings.MFA_REQUIRED = True
    staff = Staff.objects.filter(role=Role.AUDITOR, is_active=True).first()
    for _ in range(2):
        browser, back = sign_on(provider, staff.username)
        assert back.status_code == 302
        assert browser.get(reverse("audit")).status_code == 200
    entry = Entry.objects.filter(action="login").first()
    assert (entry.actor, entry.detail["method"]) == (staff.username, ["socialaccount"])


@pytest.mark.parametrize("number", ["nobody", "", "%"])
def test_a_stranger_is_refused(provider, number):
    browser, back = sign_on(provider, number)
    assert back.status_code == 403
    assert browser.get(reverse("audit")).status_code == 302
    assert not Staff.objects.filter(username=number).exists()


def test_whoever_is_switched_off_is_refused_also_after_a_login(provider):
    staff = Staff.objects.filter(role=Role.AUDITOR, is_active=True).first()
    sign_on(provider, staff.username)
    Staff.objects.filter(pk=staff.pk).update(is_active=False)
    browser, _ = sign_on(provider, staff.username)
    assert browser.get(reverse("audit")).status_code == 302


def test_a_callback_that_nobody_asked_for_lets_nobody_in(provider):
    browser = Client()
    provider.number = Staff.objects.filter(role=Role.AUDITOR, is_active=True).first().username
    browser.get(reverse("openid_connect_callback", args=["bank"]), {"code": "a-code", "state": "made-up"})
    assert browser.get(reverse("audit")).status_code == 302


def test_an_old_single_sign_on_is_asked_for_again_at_the_bank(provider):
    staff = Staff.objects.filter(role=Role.AUDITOR, is_active=True).first()
    staff.set_unusable_password()
    staff.save()
    browser, _ = sign_on(provider, staff.username)
    assert browser.get(reverse("audit_verify")).status_code == 200
    session = browser.session
    session["account_authentication_methods"] = [
        each | {"at": time.time() - 3600} for each in session["account_authentication_methods"]
    ]
    session.save()
    answer = browser.get(reverse("audit_verify"))
    assert answer["Location"].startswith(reverse("openid_connect_login", args=["bank"]))
    assert "用 统一登录 登录" in browser.get(answer["Location"]).content.decode()
    sign_on(provider, staff.username, browser)
    assert browser.get(reverse("audit_verify")).status_code == 200
