"""Families of weaknesses in a sentence each, for people who don't program, by hand and without a term of the trade."""

from hackmentor.data.sources.cwe_weakness import Weakness

# A weakness belongs to the family that lists its number, else to that of its first parent that is listed.
FAMILIES: tuple[tuple[tuple[int, ...], str], ...] = (
    (
        (89, 90, 91, 564, 643, 652, 943),
        "Text that a visitor types into an ordinary field is carried out by our database as if we had written it.",
    ),
    (
        (79, 80, 81, 83, 84, 85, 86, 87, 116, 692),
        "A stranger can plant a small program in one of our pages, and it acts in the name of everyone who opens it.",
    ),
    (
        (346, 352, 942, 1275),
        "While customers are logged in with us, another website can press buttons in our application for them.",
    ),
    (
        (77, 78, 88, 624),
        "A field that should hold a name or a number can be used to give orders to our server.",
    ),
    (
        (94, 95, 96, 97, 98, 470, 913, 914, 915, 1321, 1336),
        "Our software can be talked into running instructions that a stranger sends along with the data.",
    ),
    (
        (22, 23, 24, 25, 26, 27, 28, 29, 35, 36, 37, 38, 39, 40, 41, 66, 67, 73),
        "With a few extra characters in a file name a stranger reaches files that we never meant to show or change.",
    ),
    (
        (59, 61, 62, 64, 65, 363),
        "Somebody can put up a signpost where our program expects a file, and it follows it to another place.",
    ),
    (
        (345, 347, 353, 354, 649, 924),
        "We act on what reaches us without checking whether it's genuine or was changed on the way.",
    ),
    (
        (441, 610, 611, 776, 827, 918),
        "A stranger can send our own server on errands, to places inside our network that nobody outside can reach.",
    ),
    (
        (502,),
        "Our program unpacks parcels from strangers and, while it unpacks, does what the parcel tells it to do.",
    ),
    (
        (119, 120, 121, 122, 123, 124, 129, 131, 680, 786, 787, 788, 805, 806, 823),
        "If somebody sends more than the program has room for, the surplus overwrites its own working notes.",
    ),
    (
        (125, 126, 127, 130, 466, 822, 824),
        "The program reads on past the end of what it should read, and passes on whatever happens to lie there.",
    ),
    (
        (415, 416, 562, 590, 672, 761, 762, 763, 825, 826, 910),
        "The program goes on using a drawer that it has already given back, and somebody else may have filled it.",
    ),
    (
        (248, 252, 253, 390, 391, 396, 397, 476, 544, 690, 703, 754, 755),
        "When something unusual happens the program doesn't notice or doesn't know what to do, and stumbles.",
    ),
    (
        (128, 190, 191, 192, 193, 194, 195, 196, 197, 369, 681, 682, 839),
        "A number grows past what its field can hold and starts again from the beginning, like an old odometer.",
    ),
    (
        (362, 364, 366, 367, 368, 421, 543, 567, 609, 662, 663, 667, 764, 765, 820, 821, 832, 833),
        "If two things happen at the same moment, our system can be caught between them and does what it shouldn't.",
    ),
    (
        (282, 283, 284, 285, 425, 551, 566, 639, 668, 708, 749, 782, 862, 863, 1220),
        "We check who people are at the entrance, but not which rooms they may enter afterwards.",
    ),
    (
        (287, 288, 289, 290, 291, 293, 294, 302, 303, 304, 305, 306, 307, 308, 309, 603, 836, 1390),
        "Our front door can be talked open: somebody can get in without proving who they are.",
    ),
    (
        (258, 259, 321, 547, 798, 1391, 1392, 1393, 1394),
        "The same secret key is built into every copy we ship, so whoever finds it in one can open them all.",
    ),
    (
        (262, 263, 521, 549, 555, 620, 640),
        "Our way of handling passwords makes it easier than it should be to guess or to reset somebody else's.",
    ),
    (
        (256, 257, 260, 261, 328, 522, 523, 759, 760, 916),
        "Whoever gets hold of our stored passwords can turn them back into the real ones, which many use elsewhere.",
    ),
    (
        (5, 311, 317, 318, 319, 614),
        "What is sent travels through the network like a postcard: everyone along the way can read it.",
    ),
    (
        (312, 313, 314, 315, 316, 538, 539, 552, 921, 922),
        "Confidential things are stored where whoever comes by can pick them up, and they aren't locked.",
    ),
    (
        (322, 323, 324, 325, 326, 327, 329, 780, 1204, 1240),
        "We lock our data with a kind of lock that is known to be easy to pick, or we use a good lock wrongly.",
    ),
    (
        (330, 331, 332, 333, 334, 335, 336, 337, 338, 339, 340, 341, 342, 343, 344, 1241),
        "The secret codes that we hand out follow a pattern, so a patient observer can work out the next one.",
    ),
    (
        (295, 296, 297, 298, 299, 300, 350, 370, 599, 923, 940),
        "We ask the other side for its passport and don't look at the photograph, so an impostor passes.",
    ),
    (
        (449, 450, 451, 601, 1021),
        "Our good name can be used to lead people somewhere else, or to have them press something they can't see.",
    ),
    (
        (351, 430, 431, 434, 436, 616, 646),
        "Where people should hand in a document they can hand in a program instead, and our server will run it.",
    ),
    (
        (400, 401, 404, 405, 406, 407, 409, 410, 770, 771, 772, 773, 774, 775, 789, 920, 1049, 1050, 1325, 1333),
        "A single visitor can keep our system so busy, or fill it so completely, that nobody else gets served.",
    ),
    (
        (606, 674, 834, 835, 1322),
        "A short, awkward input sends our program round in circles, and meanwhile it answers nobody.",
    ),
    (
        (200, 201, 209, 210, 211, 212, 213, 359, 497, 526, 531, 532, 535, 536, 537, 540, 541, 548, 550, 598, 615, 651),
        "Our system tells strangers more than it should, about itself or about the people whose data it keeps.",
    ),
    (
        (117, 221, 222, 223, 224, 778, 779),
        "Our records of what happened are incomplete, or can be written to by those whom they should convict.",
    ),
    (
        (250, 266, 267, 268, 269, 270, 271, 272, 273, 274, 280, 281, 286, 648),
        "Somebody who comes in with an ordinary visitor's pass can turn it into the master key.",
    ),
    (
        (11, 13, 15, 276, 277, 278, 279, 453, 489, 732, 756, 1004, 1051, 1052, 1188),
        "Our product comes with settings that leave doors open until somebody thinks of closing them.",
    ),
    (
        (114, 426, 427, 428, 494, 506, 507, 510, 511, 829, 830, 912, 1104, 1277, 1329, 1357, 1395),
        "We take in parts made by others without checking where they come from, so whoever tampers with one is inside.",
    ),
    (
        (384, 471, 472, 488, 565, 613, 642, 784),
        "The ticket by which we recognise a visitor can be taken over, reused or rewritten by somebody else.",
    ),
    (
        (357, 358, 602, 654, 656, 799, 807, 837, 841),
        "Our product trusts the visitor's side to keep the rules, and each single step can be skipped or repeated.",
    ),
    (
        (
            20,
            74,
            75,
            76,
            138,
            140,
            159,
            172,
            179,
            180,
            182,
            183,
            184,
            185,
            707,
            1173,
            1284,
            1285,
            1286,
            1287,
            1288,
            1289,
        ),
        "Our software believes what it's told without checking that it makes sense.",
    ),
    (
        (188, 467, 468, 469, 480, 481, 482, 483, 486, 587, 588, 595, 597, 697, 704, 783, 843, 1025),
        "The program takes one kind of thing for another, like reading a telephone number as a sum of money.",
    ),
    (
        (93, 113, 134, 150, 444, 644, 1236),
        "Part of what a stranger sends is taken for instructions on how to handle the rest.",
    ),
    (
        (203, 204, 205, 208, 385, 514, 515, 1037, 1254, 1255, 1264, 1300, 1303, 1342, 1420, 1421, 1422, 1423),
        "Without opening the safe one can learn its combination by watching how it behaves while others use it.",
    ),
    (
        (14, 226, 244, 456, 457, 459, 460, 665, 908, 909, 1239, 1258, 1266, 1272, 1301, 1330),
        "What was left over from the last use isn't wiped, so the next one finds it or stumbles over it.",
    ),
    (
        (1191, 1234, 1243, 1244, 1247, 1252, 1256, 1257, 1260, 1262, 1263, 1295, 1313, 1319, 1323, 1332, 1384),
        "The device has back doors for testing or gaps in its walls that somebody with the right tools can use.",
    ),
    (
        (1222, 1231, 1242, 1245, 1246, 1249, 1253, 1259, 1274, 1278, 1279, 1282, 1283, 1310, 1326, 1328),
        "The device can't be sure that what it starts or runs is what its maker put there.",
    ),
)
# Their other children have little in common with the sentence.
BROAD = {20, 74, 284, 285, 345, 400, 404, 436, 610, 642, 648, 656, 665, 668, 682, 697, 703, 704, 707, 732, 754, 755}

_BY_NUMBER = {f"CWE-{number}": sentence for numbers, sentence in FAMILIES for number in numbers}
_INHERITED = {name: sentence for name, sentence in _BY_NUMBER.items() if int(name.removeprefix("CWE-")) not in BROAD}


def say_plainly(weakness: Weakness) -> str:
    """What kind of flaw it is, in one sentence without its title; empty where it belongs to no family."""
    if weakness.upstream_id in _BY_NUMBER:
        return _BY_NUMBER[weakness.upstream_id]
    return next((_INHERITED[parent.id] for parent in weakness.parents if parent.id in _INHERITED), "")
