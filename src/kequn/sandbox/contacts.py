"""The contact history: a randomised past policy, how people answered, and what the contacts truly changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kequn.sandbox.codes import CHANNEL, CLASS, Codes, labels
from kequn.sandbox.consents import Consents
from kequn.sandbox.draws import yuan_amounts
from kequn.sandbox.files import texts, yuan
from kequn.sandbox.lives import Lives
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Bools, Floats, Ints, Plan
from kequn.sandbox.world import World

# Chance of each channel by tier, as the past policy drew it.
CHANNEL_CHANCE = np.array(
    [  # sms   rcs   wecom ai    agent app   popup rm    email
        [0.30, 0.12, 0.10, 0.15, 0.03, 0.22, 0.05, 0.00, 0.03],
        [0.22, 0.10, 0.16, 0.12, 0.10, 0.20, 0.05, 0.03, 0.02],
        [0.15, 0.08, 0.18, 0.06, 0.18, 0.18, 0.05, 0.10, 0.02],
        [0.10, 0.06, 0.20, 0.02, 0.22, 0.16, 0.06, 0.16, 0.02],
        [0.06, 0.04, 0.20, 0.00, 0.22, 0.14, 0.06, 0.26, 0.02],
        [0.02, 0.02, 0.16, 0.00, 0.16, 0.08, 0.06, 0.48, 0.02],
    ]
)
OFFERED = ("deposit", "wealth", "fund", "insurance", "metal", "loan", "card", "service")
OFFER_CHANCE = np.array([0.2, 0.24, 0.12, 0.1, 0.05, 0.1, 0.13, 0.06])
DEPARTMENT = {"deposit": "deposits", "wealth": "wealth", "fund": "wealth", "insurance": "wealth", "metal": "wealth",
              "loan": "loans", "card": "cards", "service": "mobile"}  # fmt: skip
HUMAN = ("wecom", "agent_call", "rm", "ai_call")
CALLS = ("ai_call", "agent_call")
ANSWER = Codes("opened", "clicked", "interested", "bought", "refused", "complained", "opted_out")
OUTCOME = Codes("delivered", "failed", "unknown")
BUYING = {"start": -4.3, "liking": 0.9, "channel": 0.7, "annoyed": -2.0, "tier": 0.25}
"""Chance to buy because of a delivered contact: logistic of start + liking of the class + leaning to the channel + …"""
SAVING = {"start": -0.6, "persuadable": 1.2, "channel": 0.5}
"""Chance that a delivered personal contact keeps a leaver: logistic of start + persuadable + leaning to the channel."""


@dataclass(frozen=True)
class Contacts:
    """One entry a contact; ``bought`` is what the contact itself caused, ``amount`` its size in fen."""

    person: Ints
    day: Ints
    second: Ints
    channel: Ints
    klass: Ints
    product: Ints
    propensity: Floats
    outcome: Ints
    bought: Bools
    amount: Ints

    def __len__(self) -> int:
        return len(self.person)

    @property
    def delivered(self) -> Bools:
        arrived: Bools = self.outcome == OUTCOME["delivered"]
        return arrived


def logistic(score: Floats) -> Floats:
    """Chance of a score (logit)."""
    return 1 / (1 + np.exp(-score))


def buying_chance(people: People, person: Ints, klass: Ints, channel: Ints) -> Floats:
    """True chance that a delivered contact makes ``person`` buy, where nothing would have been bought."""
    score = BUYING["start"] + BUYING["liking"] * people.liking[person, klass]
    score += BUYING["channel"] * people.channel_taste[person, channel] + BUYING["annoyed"] * people.annoyed[person]
    return logistic(score + BUYING["tier"] * people.band[person])


def contacts(people: People, lives: Lives, agreed: Consents) -> Contacts:
    """Draw who was contacted in which month, with what, and through which channel."""
    plan = people.plan
    chance = people.chance("contacts")
    chosen = _contact_chance(plan)[people.band]
    draw = chance.random((len(people), plan.months))
    ends = plan.month_start[1:][None, :]
    reachable = (
        agreed.marketing[:, None]
        & (agreed.until[:, None] > ends)
        & (people.joined[:, None] < plan.month_start[:-1])
        & ~lives.left_by(ends)
    )
    person, month = np.nonzero((draw < chosen[:, None]) & reachable)
    size = len(person)
    day = np.minimum(plan.month_start[month] + chance.integers(0, 28, size), plan.days - 1)
    band = people.band[person]
    channel = _pick(CHANNEL_CHANCE[band], chance.random(size))
    offer = _pick(np.broadcast_to(OFFER_CHANCE, (size, len(OFFERED))), chance.random(size))
    klass = np.array([CLASS[name] for name in OFFERED])[offer]
    product, choices = _offered_product(people.world, chance, klass)
    outcome = chance.choice(len(OUTCOME), size, p=(0.93, 0.06, 0.01))
    bought = (chance.random(size) < buying_chance(people, person, klass, channel)) & (outcome == OUTCOME["delivered"])
    wanted = people.target[person] / 100 * chance.uniform(0.08, 0.35, size)
    amount = np.maximum(yuan_amounts(wanted, 100_00), people.world.shelf.minimum[product])
    sold = np.isin(klass, [CLASS[name] for name in OFFERED[:5]])
    bought &= ~sold | (amount < 3 * people.target[person])
    age, shelf = people.age[person], people.world.shelf
    bought &= (shelf.min_age[product] <= age) & (shelf.max_age[product] >= age)
    return Contacts(
        person=person, day=day, second=chance.integers(9 * 3600, 20 * 3600 + 1800, size), channel=channel, klass=klass,
        product=product, propensity=chosen[band] * CHANNEL_CHANCE[band, channel] * OFFER_CHANCE[offer] / choices,
        outcome=outcome, bought=bought & (day < plan.days - 5), amount=np.where(sold, amount, 0),
    )  # fmt: skip


def changed(people: People, lives: Lives, made: Contacts) -> Lives:
    """The lives as contacts changed them: leavers won back, and annoyed people who leave because of a call."""
    chance = people.chance("effects")
    draw = chance.random((2, len(made)))
    human = np.isin(made.channel, [CHANNEL[name] for name in HUMAN]) & made.delivered
    score = SAVING["start"] + SAVING["persuadable"] * people.persuadable[made.person]
    score += SAVING["channel"] * people.channel_taste[made.person, made.channel]
    begins = lives.leaves[made.person]
    near = (made.day > begins - 60) & (made.day < begins + lives.leaving_days[made.person])
    saving = human & near & (draw[0] < logistic(score))
    halted = _earliest(len(people), made.person[saving], made.day[saving])
    halted = np.where(halted < NEVER, np.maximum(halted, 0), NEVER)
    leaves = np.where(halted <= lives.leaves, NEVER, lives.leaves)
    called = np.isin(made.channel, [CHANNEL[name] for name in CALLS]) & made.delivered & people.annoyed[made.person]
    angry = called & (draw[1] < people.plan.share("annoyed_leaving_percent"))
    driven = _earliest(len(people), made.person[angry], made.day[angry] + 10)
    leaves = np.where((lives.leaves == NEVER) & (driven < people.plan.days), driven, leaves)
    return lives.with_contacts(leaves, halted)


def answers(people: People, made: Contacts) -> tuple[Ints, Ints, Ints]:
    """Contact index, answer and day of every answer; a caused purchase also answers 'bought'."""
    chance = people.chance("answers")
    size = len(made)
    fond = people.channel_taste[made.person, made.channel] + 0.5 * people.liking[made.person, made.klass]
    scores = np.stack(
        [
            logistic(fond - 1.6), logistic(fond - 2.8), logistic(fond - 3.6), np.zeros(size),
            logistic(-fond - 4.0 + 1.5 * people.annoyed[made.person]),
            0.001 + 0.015 * people.annoyed[made.person], 0.002 + 0.01 * people.annoyed[made.person],
        ],
        axis=1,
    )  # fmt: skip
    scores /= np.maximum(1, scores.sum(axis=1, keepdims=True) / 0.9)
    pick = (chance.random(size)[:, None] > np.cumsum(scores, axis=1)).sum(axis=1)
    some = np.flatnonzero((pick < len(ANSWER)) & made.delivered)
    bought = np.flatnonzero(made.bought)
    index = np.concatenate([some, bought])
    answer = np.concatenate([pick[some], np.full(len(bought), ANSWER["bought"])])
    wait = np.where(answer == ANSWER["bought"], _wait(made, index), chance.geometric(0.7, len(index)) - 1)
    return index, answer, np.minimum(made.day[index] + wait, people.plan.days - 1)


def _wait(made: Contacts, index: Ints) -> Ints:
    """Days between a contact and the purchase that it caused."""
    return 1 + made.second[index] % 3


def purchase_day(made: Contacts) -> Ints:
    """Day of the purchase that each contact would cause."""
    return made.day + _wait(made, np.arange(len(made)))


def contact_ids(people: People, made: Contacts) -> pa.Array:
    """Identifiers of the contacts."""
    return texts("T", people.chunk * 10**8 + np.arange(len(made)), 12)


def contact_table(people: People, made: Contacts, party: pa.Array) -> pa.Table:
    """The standard table ``contact``."""
    world = people.world
    month = people.plan.month_of(made.day)
    return pa.table(
        {
            "contact_id": contact_ids(people, made),
            "party_id": party,
            "campaign": labels(made.klass * people.plan.months + month, _campaigns(people.plan)),
            "offer": CLASS.texts(made.klass),
            "product_id": labels(made.product, world.shelf.ids),
            "department": labels(made.klass, [DEPARTMENT[name] for name in CLASS.names]),
            "channel": CHANNEL.texts(made.channel),
            "purpose": ["marketing"] * len(made),
            "contacted_at": people.plan.moments(made.day, made.second),
            "outcome": OUTCOME.texts(made.outcome),
            "propensity": made.propensity,
            "policy": ["random-1"] * len(made),
        }
    )


def response_table(people: People, made: Contacts, given: tuple[Ints, Ints, Ints], party: pa.Array) -> pa.Table:
    """The standard table ``response``; ``party`` belongs to the contacts."""
    index, answer, day = given
    bought = answer == ANSWER["bought"]
    second = np.minimum(made.second[index] + 60 * (1 + index % 90), 86_399)
    return pa.table(
        {
            "response_id": texts("R", people.chunk * 10**8 + np.arange(len(index)), 12),
            "contact_id": contact_ids(people, made).take(pa.array(index)),
            "party_id": party.take(pa.array(index)),
            "responded_at": people.plan.moments(day, second),
            "kind": ANSWER.texts(answer),
            "amount_yuan": yuan(made.amount[index], ~bought | (made.amount[index] == 0)),
        }
    )


def _contact_chance(plan: Plan) -> Floats:
    chances = plan.settings["sandbox.contact_percent"]
    return np.array(chances, float) / 100


def _pick(chances: Floats, draw: Floats) -> Ints:
    """A column for each row by its chances, which add up to 1."""
    column = (draw[:, None] > np.cumsum(chances, axis=1)).sum(axis=1)
    places: Ints = np.minimum(column, chances.shape[1] - 1).astype(np.int64)
    return places


def _offered_product(world: World, chance: np.random.Generator, klass: Ints) -> tuple[Ints, Ints]:
    """A product of the class that stood on the shelf all the time, all alike; and how many there were."""
    shelf = world.shelf
    standing = (shelf.listed < 0) & (shelf.withdrawn == NEVER) & ~shelf.private & (shelf.risk <= 3)
    draw = chance.random(len(klass))
    product, choices = np.zeros(len(klass), np.int64), np.ones(len(klass), np.int64)
    for name in OFFERED:
        among = np.flatnonzero(standing & (shelf.klass == CLASS[name]) & (np.array(shelf.subtype) != "demand"))
        mine = klass == CLASS[name]
        product[mine] = among[np.floor(draw[mine] * len(among)).astype(np.int64)]
        choices[mine] = len(among)
    return product, choices


def _earliest(size: int, person: Ints, day: Ints) -> Ints:
    first = np.full(size, NEVER)
    np.minimum.at(first, person, day)
    return first


def _campaigns(plan: Plan) -> list[str]:
    months = [plan.date_of(int(day)).strftime("%Y-%m") for day in plan.month_start[:-1]]
    return [f"{DEPARTMENT[name]}-{name}-{month}" for name in CLASS.names for month in months]
