"""Grade and certificate: evaluation of a firm's year, the carbon-efficiency code, its signed certificate and five
states.

Vocabulary: evaluation 评效 · graded/ungraded 已评级/未评级 · intensity L 碳强度 · efficiency K 碳效值 · neutrality
N 碳中和率 ·
certificate 碳效证书 · code 碳效码 · proof 离线凭据（JWS） · signing key 签名密钥 · suspend/resume/revoke
暂停/恢复/撤销.
"""

from grading.actions import (
    CertificateAction,
    IndexedCertificate,
    decide_action,
    propose_action,
    search_certificates,
)
from grading.certificates import Certificate, issue_for, own_certificate, own_certificates
from grading.evaluations import (
    METHOD_VERSION,
    Evaluation,
    EvaluationVersion,
    Missing,
    Step,
    YearInput,
    evaluate_input,
    evaluation_history,
    store_evaluation,
    trace_of,
)
from grading.files import DrawnFile, certificate_file, certificate_proof
from grading.keys import jwks, keep_published_keys, published_keys, revoke_key, rotate_keys
from grading.public import (
    PublicCertificate,
    forget_all,
    fresh_until,
    is_ours,
    public_certificate,
    remembered,
    status_list,
)
from grading.states import BASIS_WORDS, STATE_WORDS, code_url
from grading.years import evaluate, issue_certificate, record_evaluation, year_input

__all__ = [
    "BASIS_WORDS",
    "METHOD_VERSION",
    "STATE_WORDS",
    "Certificate",
    "CertificateAction",
    "DrawnFile",
    "Evaluation",
    "EvaluationVersion",
    "IndexedCertificate",
    "Missing",
    "PublicCertificate",
    "Step",
    "YearInput",
    "certificate_file",
    "certificate_proof",
    "code_url",
    "decide_action",
    "evaluate",
    "evaluate_input",
    "evaluation_history",
    "forget_all",
    "is_ours",
    "issue_certificate",
    "issue_for",
    "jwks",
    "keep_published_keys",
    "own_certificate",
    "own_certificates",
    "propose_action",
    "public_certificate",
    "published_keys",
    "record_evaluation",
    "fresh_until",
    "remembered",
    "revoke_key",
    "rotate_keys",
    "search_certificates",
    "status_list",
    "store_evaluation",
    "trace_of",
    "year_input",
]
