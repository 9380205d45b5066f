"""Identity verification 身份核验 (V): one port, adapters by configuration, WeChat's own, sessions.

Vocabulary: provider 核验服务 · hint (what the person typed) · claim 领取结果 · callback 回调 · loa 核验强度.

No face picture is ever received or stored here: the camera belongs to the provider, we hear pass or no pass.
"""

from auth.identity_providers.http import HttpProvider, read_provider
from auth.identity_providers.port import Hint, IdentityProvider, ProviderDown, ProviderRefused
from auth.identity_providers.sessions import (
    Begun,
    Looked,
    begin,
    give_document,
    hold,
    look,
    person_of,
    provider_of,
    providers,
    sign_in,
    take_callback,
    use,
)

__all__ = [
    "Begun",
    "Hint",
    "HttpProvider",
    "IdentityProvider",
    "Looked",
    "ProviderDown",
    "ProviderRefused",
    "begin",
    "give_document",
    "hold",
    "look",
    "person_of",
    "provider_of",
    "providers",
    "read_provider",
    "sign_in",
    "take_callback",
    "use",
]
