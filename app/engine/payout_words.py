"""What is paid out and what is carried on, as one sentence to the person."""

from app.engine.payout import least_paid
from app.engine.words import money
from app.plans.models import Plan


def payout_words(plan: Plan, earned: int, taken_back: int, brought: int, carried: int) -> str:
    """`8.40 EUR earned, 3.10 EUR brought in, below the minimum of 20.00 EUR: 11.50 EUR carried on`; minor units."""
    text = f"{money(plan, earned)} earned"
    if taken_back:
        text += f", {money(plan, -taken_back)} taken back"
    if brought > 0:
        text += f", {money(plan, brought)} brought in"
    elif brought < 0:
        text += f", {money(plan, -brought)} owed from before"
    if carried < 0:
        return f"{text}: nothing is paid, {money(plan, -carried)} is still owed and taken from later pay"
    if carried > 0:
        return f"{text}, below the minimum of {money(plan, least_paid(plan))}: {money(plan, carried)} carried on"
    return f"{text}: {money(plan, earned + taken_back + brought)} paid"
