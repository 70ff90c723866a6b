"""Made-up companies of a documented shape, the same bytes for the same seed."""

from app.generator.company import Company, CompanySpec, generate
from app.generator.writer import FORMATS, Format, write_company

__all__ = ["FORMATS", "Company", "CompanySpec", "Format", "generate", "write_company"]
