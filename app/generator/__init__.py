"""Made-up companies of a documented shape, the same bytes for the same seed."""

from app.generator.company import MAX_DISTRIBUTORS, generate
from app.generator.models import Company, CompanySpec, Shape
from app.generator.writer import FORMATS, Format, write_company

__all__ = ["FORMATS", "MAX_DISTRIBUTORS", "Company", "CompanySpec", "Format", "Shape", "generate", "write_company"]
