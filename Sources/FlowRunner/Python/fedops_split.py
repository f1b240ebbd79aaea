"""Divides what a data stage gave among the clients that one machine plays; see docs/how-to/try-on-one-machine.md.

Parts of one length belong together (X and y, train and test apart by their names): the same rows of them go to the same
client. Every row goes to exactly one client, and no client is without one.
"""

import zlib

import numpy as np

from fedops_examples import LABELS, find, rebuild
from fedops_failures import StageError

TOKENS = ("train", "test", "valid", "val", "dev", "eval")


class Partition:
    """Of one whole set of data, all clients' shares.

    `names` are those of the data stage's own return statement, by path; `split` is {"kind", "alpha", "shards", "seed",
    "count"}: `iid` (a random permutation, sizes equal within one), `quantity` (sizes by Dirichlet(alpha) over clients),
    `dirichlet` and `by-label`.
    """

    def __init__(self, data, names, split):
        self._data = data
        self._count = split["count"]
        leaves = find(data, names)
        groups = grouped(leaves)
        if not groups:
            raise StageError(
                "the data stage gave nothing that can be split (arrays, lists, frames, tensors, data sets and loaders "
                "of PyTorch, data modules of Lightning can): give each client data of its own by $node or $labels, and use --split none"
            )
        main = next((group for group in groups if group.token == "train"), max(groups, key=lambda group: group.length))
        if main.length < self._count:
            raise StageError(
                "{} has {} examples, too few for {} clients: no client may be without one".format(
                    main, main.length, self._count
                )
            )
        self._rows, self._whole = {}, []
        needs = split["kind"] in ("dirichlet", "by-label")
        labels = main.labels(needs)
        if needs and labels is None:
            raise StageError(
                "--split {} needs labels, and none are beside {}: a part of {} whole numbers or texts, or a data set "
                "with targets".format(split["kind"], main, main.length)
            )
        shares = divide(main.length, labels, split, generator(split, main))
        self._main, self._labels, self._shares = main, labels, shares
        for group in groups:
            if group is main:
                self._rows[group] = shares
            elif group.length < self._count:
                self._whole.append(group)
            else:
                self._rows[group] = self._follow(group, split)

    def part(self, index):
        """The data of one client: the same structure, with its rows only."""
        replaced = {}
        for group, shares in self._rows.items():
            for leaf in group.leaves:
                replaced[leaf.path] = leaf.take(shares[index])
        for group in self._whole:
            for leaf in group.leaves:
                if leaf.kind == "loader":
                    replaced[leaf.path] = leaf.take(np.arange(leaf.length))
        return rebuild(self._data, replaced)

    def describe(self, index):
        facts = {
            "examples": {str(group): len(shares[index]) for group, shares in self._rows.items()},
            "whole": [str(group) for group in self._whole],
        }
        if self._labels is None:
            # To be shown only; not worth a walk through a whole data set.
            self._labels = self._main.labels(False)
        if self._labels is not None:
            values, counts = np.unique(self._labels[self._shares[index]], return_counts=True)
            facts["labels"] = {str(value): int(count) for value, count in zip(values[:50], counts)}
        return facts

    def _follow(self, group, split):
        """Another group's rows, divided as the main one is: by the same labels in the same shares where both have them,
        else by its sizes."""
        random = generator(split, group)
        if split["kind"] == "iid":
            return divide(group.length, None, split, random)
        sizes = np.array([len(share) for share in self._shares])
        own = group.labels(False) if self._labels is not None and split["kind"] != "quantity" else None
        parts = [[] for _ in range(self._count)]
        if own is None:
            kinds = [(random.permutation(group.length), sizes)]
        else:
            kinds = []
            for value in np.unique(own):
                weights = np.array([np.count_nonzero(self._labels[share] == value) for share in self._shares])
                rows = random.permutation(np.flatnonzero(own == value))
                kinds.append((rows, weights if weights.any() else sizes))
        for rows, weights in kinds:
            bounds = np.cumsum(apportion(len(rows), weights, random))
            for part, piece in zip(parts, np.split(rows, bounds[:-1])):
                part.extend(piece)
        return settled(parts)


class Group:
    """Parts whose rows belong together."""

    def __init__(self, token, length, leaves):
        self.token, self.length, self.leaves = token, length, leaves

    def __str__(self):
        return ", ".join(leaf.name for leaf in self.leaves)

    def labels(self, thorough):
        """What each row is, as an array; None where nothing tells. Only where `thorough`, a data set that has no list
        of its labels is gone through."""
        by_name = sorted(self.leaves, key=lambda leaf: not leaf.name.rsplit(".", 1)[-1].lower().startswith(LABELS))
        alone = len(self.leaves) == 1
        for slow in (False, True) if thorough else (False,):
            for leaf in by_name:
                labels = leaf.labels(slow, alone)
                if labels is not None:
                    return labels
        return None


def grouped(leaves):
    found = {}
    for leaf in leaves:
        token = next((word for word in TOKENS if word in leaf.words), "")
        token = "valid" if token in ("val", "dev", "eval") else token
        found.setdefault((token, leaf.length), []).append(leaf)
    groups = [Group(token, length, members) for (token, length), members in found.items()]
    # One list or one row of numbers without a partner, such as the names of classes, is no part of the examples.
    partnered = [group for group in groups if len(group.leaves) > 1 or not group.leaves[0].is_flat]
    return partnered or groups


def generator(split, group):
    return np.random.default_rng([split["seed"], zlib.crc32(group.token.encode()), group.length])


def divide(length, labels, split, random):
    """Row numbers of each client."""
    count, kind = split["count"], split["kind"]
    if kind == "iid":
        return settled(np.array_split(random.permutation(length), count))
    if kind == "quantity":
        sizes = 1 + apportion(length - count, random.dirichlet(np.full(count, split["alpha"])), random)
        return settled(np.split(random.permutation(length), np.cumsum(sizes)[:-1]))
    if kind == "by-label":
        return by_label(labels, count, split["shards"], random)
    return by_dirichlet(labels, count, split["alpha"], random)


def by_label(labels, count, shards, random):
    """Rows in the order of their labels are cut into `shards` pieces for each client (McMahan et al., "Communication-
    efficient learning of deep networks from decentralized data", AISTATS 2017, section 3, takes two)."""
    shards = max(1, min(shards, len(labels) // count))
    order = random.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    pieces = np.array_split(order, count * shards)
    dealt = random.permutation(count * shards)
    return settled(
        [np.concatenate([pieces[piece] for piece in dealt[index * shards : (index + 1) * shards]]) for index in range(count)]
    )


def by_dirichlet(labels, count, alpha, random):
    """Each client's labels follow q ~ Dirichlet(alpha · p), where p are the labels' shares in the whole (Hsu, Qi and
    Brown, "Measuring the effects of non-identical data distribution for federated visual classification", 2019,
    section 3). Sizes are equal within one; rows are drawn without replacement, so that who draws last takes what is
    left."""
    values, codes, totals = np.unique(labels, return_inverse=True, return_counts=True)
    codes = codes.reshape(-1)
    stock = [list(random.permutation(np.flatnonzero(codes == code))) for code in range(len(values))]
    left = totals.copy()
    sizes = np.array([len(piece) for piece in np.array_split(np.arange(len(labels)), count)])
    wishes = random.dirichlet(np.maximum(alpha * totals / totals.sum(), 1e-9), count)
    parts = [[] for _ in range(count)]
    for index in random.permutation(count):
        need = sizes[index]
        while need:
            wish = np.where(left > 0, wishes[index], 0)
            if not np.isfinite(wish.sum()) or wish.sum() < 1e-12:
                wish = left.astype(float)
            taken = np.minimum(random.multinomial(need, wish / wish.sum()), left)
            for code in np.flatnonzero(taken):
                for _ in range(taken[code]):
                    parts[index].append(stock[code].pop())
            left -= taken
            need -= taken.sum()
    return settled(parts)


def apportion(total, weights, random):
    """Whole numbers that sum to `total`, in proportion to `weights`: by largest remainder, ties by chance."""
    exact = total * np.asarray(weights, float) / np.sum(weights)
    sizes = np.floor(exact).astype(int)
    order = random.permutation(len(sizes))
    order = order[np.argsort(-(exact - sizes)[order], kind="stable")]
    sizes[order[: total - sizes.sum()]] += 1
    return sizes


def settled(parts):
    """Rows in their order; a client that would have none gets one of the client that has most."""
    parts = [sorted(int(row) for row in part) for part in parts]
    for part in parts:
        if not part:
            part.append(max(parts, key=len).pop())
    return [np.array(part, int) for part in parts]
