"""Papers, pictures and tables: immutable snapshots, the Typst process pool, QR and image making, Excel kits.

Vocabulary: snapshot 快照 · paper 文件 · renderer 制文件服务 · guard 上传检查 · code 碳效码 · certificate 证书 · workbook 工作簿.
"""

from documents.application_form import application_form
from documents.balance import balance_png
from documents.certificate import (
    CertificateView,
    certificate_paper,
    certificate_pdf,
    certificate_view,
    draw_badge,
    draw_card,
)
from documents.codes import qr_svg
from documents.fonts import check_drawable, missing_characters, printable
from documents.poster import Poster, poster_pdf, poster_png
from documents.reading import PageText, headings
from documents.render import Renderer, renderer, use_renderer
from documents.scans import Scan, read_scan
from documents.snapshots import Snapshot, canonical, fingerprint, freeze, thaw
from documents.watermark import watermark
from documents.word import Word
from documents.workbook import (
    UNCALCULATED,
    CellFault,
    Column,
    cell_error,
    cell_name,
    check_workbook,
    clean_text,
    mark_faults,
    new_sheet,
    number_only,
    offer,
    protect,
    put,
    read_rows,
    read_sheets,
    read_upload,
    save_workbook,
    suggest,
    to_date,
    to_decimal,
    to_month,
    write_table,
)

__all__ = [
    "UNCALCULATED",
    "CellFault",
    "CertificateView",
    "Column",
    "Poster",
    "Renderer",
    "Scan",
    "Snapshot",
    "Word",
    "application_form",
    "balance_png",
    "canonical",
    "PageText",
    "cell_error",
    "cell_name",
    "certificate_paper",
    "certificate_pdf",
    "certificate_view",
    "check_drawable",
    "check_workbook",
    "clean_text",
    "draw_badge",
    "draw_card",
    "fingerprint",
    "freeze",
    "headings",
    "mark_faults",
    "missing_characters",
    "new_sheet",
    "number_only",
    "offer",
    "poster_pdf",
    "poster_png",
    "printable",
    "protect",
    "put",
    "qr_svg",
    "read_rows",
    "read_scan",
    "read_sheets",
    "read_upload",
    "renderer",
    "save_workbook",
    "suggest",
    "thaw",
    "to_date",
    "to_decimal",
    "to_month",
    "use_renderer",
    "watermark",
    "write_table",
]
