"""Wordings of the questions about actors, and the sentences that their answers are put together from."""

ALSO = (
    "Other names: {names}.",
    "It is also tracked as {names}.",
    "Vendors call it {names} too.",
    "Aliases are {names}.",
    "In reports it may appear as {names}.",
)
RUNS = (
    "It runs on {platforms}.",
    "Platforms: {platforms}.",
    "Made for {platforms}.",
    "Seen on {platforms}.",
    "Built for {platforms}.",
)
USERS = (
    "On record as users: {names}.",
    "ATT&CK ties it to {names}.",
    "Known in the hands of {names}.",
    "Groups reported with it: {names}.",
    "Users include {names}; that alone attributes nothing.",
)
TOOLS = (
    "Its software on record: {names}.",
    "Reported with {names}.",
    "It brings {names}.",
    "Expect {names} beside it.",
    "Programs seen with it are {names}.",
)
RAREST = (
    "Of {count}, the ones that the fewest groups share are {names}.",
    "ATT&CK lists {count}; least common among groups: {names}.",
    "{names} set it apart most, being rare among groups; {count} are recorded in all.",
    "By rarity among groups, {names} stand out of {count}.",
    "Search for {names} first, since few groups use them ({count} on record).",
)
TACTICS = (
    "Most of what is recorded falls under {tactics}.",
    "By number of techniques it is busiest in {tactics}.",
    "The record is thickest for {tactics}.",
    "Count by tactic: {tactics} lead.",
    "Watch {tactics} in particular.",
)
TECHNIQUES_ALL = (
    "ATT&CK records {count} for {label}. All of them, by first tactic:",
    "{label}, {count}, each under its first tactic:",
    "The whole list for {label}, {count}:",
    "{count} are on record for {label}. By tactic:",
)
TECHNIQUES_RAREST = (
    "ATT&CK records {count} for {label}. These {shown} are the ones that the fewest groups use:",
    "Of the {count} of {label}, here are the {shown} rarest among groups, by tactic:",
    "{label} has {count} on record. Below, the {shown} that fewest groups share, as they tell most about it:",
    "Ranked by how few groups use them, {shown} of {count} for {label}:",
    "{count} for {label}; the common ones say little, so these are the {shown} least common:",
)
REACH = (
    "{name} reaches {count} of them, for instance {some}.",
    "{name}: {count} techniques, such as {some}.",
    "{name} addresses {count}, among them {some}.",
    "With {name} you touch {count}; {some} are examples.",
    "{name}, linked to {count} (say, {some}).",
)
DEFEND_FRAME = {
    "lead": (
        "Ranked by how many techniques of {label} each mitigation addresses in ATT&CK ({considered} considered):",
        "The order is by reach: for how many of {considered} techniques of {label} does ATT&CK name the control?",
        "Counting over {considered} techniques of {label}, the broadest controls come first.",
        "For {label}, these controls are named most often over {considered} of its techniques:",
        "One way to set priorities for {label} is to count, over {considered} techniques, which control recurs:",
    ),
    "limit": (
        "Reach is not effect: check what you already have and what each costs.",
        "The count ignores how well a control works, so treat it as a first cut.",
        "Reorder by what is missing in your estate.",
        "It says nothing about likelihood; pair it with your own incident history.",
        "Where a control is in place, test it before you move down the list.",
        "A detection may be worth more than the next control on this list.",
    ),
}
ATTRIBUTION = {
    "who": (
        "ATT&CK records all three for {number}: {candidates}.",
        "All three together are on record for {candidates} ({number}).",
        "The overlap leaves {number}: {candidates}.",
        "Candidates by technique overlap alone: {candidates}.",
        "Whoever has all three on record: {candidates}. That is {number}.",
    ),
    "weight": (
        "{common} weighs next to nothing, as {common_count} groups use it; {rare} narrows it more, with {rare_count}.",
        "Most of the weight lies on {rare} ({rare_count} groups); {common}, used by {common_count}, is background.",
        "Discount {common}: {common_count} groups. Keep {rare}: {rare_count}.",
        "Of the three, {rare} is the rarest ({rare_count} groups) and {common} the most common ({common_count}).",
    ),
    "caution": (
        "That is no attribution. Techniques are copied, and the catalogue knows only what was reported.",
        "Do not name a group on this basis: unreported groups use the same methods.",
        "Low confidence. Infrastructure, code and victims would have to point the same way.",
        "Write 'consistent with', not 'by': shared tools and false flags produce the same list.",
        "As evidence it is weak; compare malware hashes, domains and working hours before a name goes into the report.",
        "I would leave the actor open and attribute the activity to a cluster of your own until more is known.",
    ),
}

PROFILE = (
    "What is known about {label}?",
    "Describe the {kind} {name}.",
    "Give a short profile of {label}.",
    "{name} was mentioned in a briefing. What is it?",
    "Summarise {label} for a threat intelligence report.",
    "Who or what is {name}?",
)
TECHNIQUES = (
    "Which techniques is {label} known for?",
    "Map the {kind} {name} to ATT&CK.",
    "How does {label} operate? Answer by tactic.",
    "Which techniques set {name} apart?",
    "Build an ATT&CK profile of {label}.",
)
DEFEND = (
    "How do we defend against {label}?",
    "Recommend controls against the {kind} {name}, with a reason for the order.",
    "Where should we start if {label} is a threat to us?",
    "Prioritise defences with {name} in mind.",
)
ATTRIBUTE = (
    "We saw these techniques in one incident. Who was it?",
    "Can we attribute the intrusion from this list?",
    "For attribution work: which groups fit these techniques?",
    "The board asks which group attacked us. This is what we have.",
    "Which actor does this set of techniques point to, and how strongly?",
    "A colleague wants to name a group from these three techniques. Advise.",
)
