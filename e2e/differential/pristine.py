"""Asks the installed SDK itself, through its public API, with local evaluation only."""

from __future__ import annotations

import logging

import posthog

from .corrected import ASKS
from .render import definitions
from .world import User, World


class Client:
    """The SDK's client, given a world's definitions as if it had fetched them."""

    def __init__(self, world: World):
        logging.getLogger("posthog").setLevel(logging.CRITICAL)
        self._sdk = posthog.Posthog("phc_nobody", host="http://127.0.0.1:9", sync_mode=True, send=False)
        loaded = definitions(world)
        self._sdk.feature_flags = loaded["flags"]
        self._sdk.group_type_mapping = loaded["group_type_mapping"]
        self._sdk.cohorts = loaded["cohorts"]
        self._keys = [flag["key"] for flag in world.flags]

    def answers(self, user: User) -> dict[str, tuple]:
        """(value, payload) of every flag, or that the SDK would ask the server."""
        local = self._sdk.get_all_flags_and_payloads(
            user.distinct_id,
            groups=user.groups,
            person_properties=user.properties,
            group_properties=user.group_properties,
            device_id=user.device_id,
            only_evaluate_locally=True,
        )
        flags, payloads = local["featureFlags"], local["featureFlagPayloads"]
        return {
            key: (flags[key], payloads.get(key)) if key in flags else (ASKS, None) for key in self._keys
        }

    def close(self) -> None:
        """Ends the client's threads."""
        self._sdk.shutdown()
