"""Who may enter Airflow 2: FAB's users and roles, without any of FAB's own ways in. Named in `webserver_config.py`.

The password form, basic authentication and registration are off; /login/ leads to the page that says how to sign in.
"""

from __future__ import annotations

import secrets
from typing import Any

from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from flask import redirect, request
from flask_appbuilder import expose
from flask_appbuilder.security.views import AuthRemoteUserView
from flask_login import logout_user

SIGN_IN = "/aws_mwaa/aws-console-sso"


class HangarSignInView(AuthRemoteUserView):
    """FAB's place for a login form. There is none: a token is the only way in."""

    @expose("/login/")
    def login(self) -> Any:
        """Lead to the sign-in page, which itself needs no session: no loop."""
        return redirect(f"{request.script_root}{SIGN_IN}")

    @expose("/logout/")
    def logout(self) -> Any:
        """End the session, then say how to sign in again."""
        logout_user()
        return redirect(f"{request.script_root}{SIGN_IN}")


class HangarSecurityManager(FabAirflowSecurityManagerOverride):
    """FAB's security manager, which learns of users from Hangar tokens."""

    authremoteuserview = HangarSignInView

    def hangar_user(self, identity: str, role_name: str) -> Any:
        """Return the user row of an IAM identity, made if absent, with exactly the role of its token.

        Two web tasks may make the same row at once: one of them finds the other's.
        """
        role = self.find_role(role_name)
        user = self.find_user(username=identity)
        if not user:
            made = self.add_user(identity, identity, "", identity, role, password=secrets.token_urlsafe(32))
            user = made or self.find_user(username=identity)
        if [each.name for each in user.roles] != [role_name] or not user.active:
            user.roles, user.active = [role], True
            self.get_session.merge(user)
            self.get_session.commit()
        return user
