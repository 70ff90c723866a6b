// The trees of the company, and all that differs between them: what each is called, its slots, who stands where.

const SPONSOR = {
  id: "sponsor", name: "Sponsor tree", inText: "the sponsor tree", legs: "Sponsor legs", noLegs: "Nobody is sponsored yet.",
  slots: [], place: (card) => ({ parentId: card.sponsor_id, slot: 0 }),
};

const BINARY = {
  id: "binary", name: "Binary tree", inText: "the binary tree", legs: "Binary legs", noLegs: "Both slots are open.",
  unplaced: "They are enrolled and wait for placement.",
  slots: [{ tag: "Left", words: "left slot" }, { tag: "Right", words: "right slot" }],
  place: (card) => ({ parentId: card.parent_id, slot: card.slot }),
};

function matrixOf(width, depth) {
  return {
    id: "matrix", name: "Matrix", inText: "the matrix", legs: "Matrix legs",
    noLegs: width === 1 ? "The slot is open." : `All ${width} slots are open.`,
    unplaced: "They are enrolled; nobody has given them a slot in it.",
    label: `Matrix ${width} × ${depth}`, title: `${width} wide, ${depth} deep`,
    slots: Array.from({ length: width }, (_, index) => ({ tag: `Slot ${index + 1}`, words: `slot ${index + 1}` })),
    place: (card) => ({ parentId: card.matrix_parent_id, slot: card.matrix_slot }),
  };
}

export const TREE_IDS = ["sponsor", "binary", "matrix"];

// The trees by id; a company that keeps no matrix has two.
export async function keptTrees(api) {
  const { width, depth } = await api.matrix();
  const trees = width === null ? [SPONSOR, BINARY] : [SPONSOR, BINARY, matrixOf(width, depth)];
  return new Map(trees.map((tree) => [tree.id, tree]));
}

// Whether somebody has a place: the top of the company is the top of every tree, and nobody is above them.
export const stands = (card, tree) => Boolean(tree.place(card).parentId || !card.sponsor_id);
