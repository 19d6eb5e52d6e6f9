"""What to limit, log and test in an application against techniques of ATLAS; written by hand, by technique."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """For one technique: a limit that takes effect without the model's consent, what to log, and how to test it."""

    limit: str
    log: str
    test: str


ADVICE: Mapping[str, Advice] = {
    "AML.T0051": Advice(
        "Give the model no right that its user lacks, and put a person's consent before anything that sends, deletes "
        "or pays.",
        "The whole prompt as the model got it, with the origin of each part, beside the tool calls that followed.",
        "A suite of instructions in each input channel; count the tool calls they cause, not how polite the reply is.",
    ),
    "AML.T0051.000": Advice(
        "Keep secrets and rights out of the system prompt, since whoever types can argue with it.",
        "User, session, input and the filter's verdict, also for the requests that passed.",
        "Replay known direct injections at every change of the model or of the prompt, and compare rates.",
    ),
    "AML.T0051.001": Advice(
        "Treat retrieved pages, mail and files as data: once one is in the context, block tools that write or send.",
        "Which document came into which context, with its address and hash, so that one bad page can be traced.",
        "Plant a canary instruction in a test document and see whether the model's next action follows it.",
    ),
    "AML.T0053": Advice(
        "A list of allowed calls for each tool with checked arguments, run under the user's own short-lived token.",
        "Each call: tool, arguments, caller, result, and which text in the context led to it.",
        "Ask for a call with another user's id and see that the tool refuses it, not the model.",
    ),
    "AML.T0054": Advice(
        "A filter on the output that does not see the conversation, and a cap on refusals in a row before the "
        "session ends.",
        "Refusals and filter hits by account; a series of rephrased refusals is the signal.",
        "Run a fixed set of jailbreaks against each release and set a rate above which it does not ship.",
    ),
    "AML.T0055": Advice(
        "No keys in prompts, notebooks or model cards; the gateway adds them after the model has spoken.",
        "Use of each key by caller and place, with an alert on first use from somewhere new.",
        "Scan repositories, images and saved prompts for keys, and revoke one on purpose to see who notices.",
    ),
    "AML.T0056": Advice(
        "Write the system prompt as if it were public; what must stay secret belongs in code behind it.",
        "Outputs that share long runs of words with the system prompt.",
        "Put a random marker into the prompt and search the outputs of an attack suite for it.",
    ),
    "AML.T0057": Advice(
        "Retrieve only what the asking user may read, checked at the store and not by an instruction.",
        "Ids of retrieved documents by user, and hits of a filter for personal data and secrets in outputs.",
        "Ask as a user without rights for a document that holds a marker; the marker must not come back.",
    ),
    "AML.T0034": Advice(
        "A budget of tokens and money for each key and day, and an upper length for inputs and outputs.",
        "Tokens and cost by account and minute, with an alert at a multiple of last week's use.",
        "Spend a test account's budget and see that the next request is refused and somebody is told.",
    ),
    "AML.T0029": Advice(
        "Limits on rate, input length and time per request, in front of the model, with a queue that may be full.",
        "Latency, queue length and rejected requests by client.",
        "Load it with long inputs from one client and check that another one is still served.",
    ),
    "AML.T0024": Advice(
        "A quota of queries by account, and answers without scores or probabilities that nobody needs.",
        "Number and spread of queries by account over weeks; extraction is slow.",
        "Query with a script as an outsider would, and measure how far it gets before it is stopped.",
    ),
    "AML.T0024.000": Advice(
        "Train with differential privacy where records are about people, and return labels without confidences.",
        "Repeated queries about nearly the same record.",
        "Measure a membership attack's advantage over guessing before each release.",
    ),
    "AML.T0024.001": Advice(
        "Round or drop confidence values, and cap the queries about one class.",
        "Accounts whose queries climb in confidence on one class, step by step.",
        "Run an inversion attack on a copy, and let somebody judge whether a person can be recognised.",
    ),
    "AML.T0024.002": Advice(
        "Bind access to a contract and a quota, and make bulk access a thing to apply for.",
        "Accounts whose inputs cover the space evenly, unlike anybody who has a question.",
        "Train a copy from as many answers as a quota allows, and compare it with the original.",
    ),
    "AML.T0040": Advice(
        "Authenticate each caller, and separate trial keys from those that reach production models.",
        "Key, client, model, version and outcome of each request.",
        "Call the endpoint without a key and with a revoked one; both must fail and be seen.",
    ),
    "AML.T0046": Advice(
        "Rank what goes to a person for review, and limit what one source may put into the queue.",
        "Alerts by source and hour, and how many of them a reviewer rejected.",
        "Send a burst of harmless oddities and see whether a real one among them is still found that day.",
    ),
    "AML.T0061": Advice(
        "Do not let outputs of the model flow into other users' contexts without a check in between.",
        "Outputs that hold text of their own prompt, above all in mail and tickets that are sent on.",
        "Let one test mailbox answer another with a prompt that asks to be repeated, and count the hops.",
    ),
    "AML.T0060": Advice(
        "Install packages from an internal mirror only; a name that it lacks is a question and no download.",
        "Requests for packages and addresses that do not exist.",
        "Ask the assistant for libraries on rare subjects and check each name against the registry.",
    ),
    "AML.T0010.001": Advice(
        "Pin versions with hashes, and build in an environment that cannot reach the internet.",
        "Each change of a dependency with who approved it.",
        "Replace a wheel on the mirror by another and see the build fail.",
    ),
    "AML.T0010.003": Advice(
        "Take weights at a pinned revision, in a format that holds no code, from publishers on a list.",
        "Name, revision and hash of each model that was loaded, and by which service.",
        "Change one byte of the weights and see that loading stops.",
    ),
    "AML.T0011.000": Advice(
        "Refuse pickle: load safetensors, and convert the rest in a sandbox without a network.",
        "Processes and connections that a loader starts, which should be none.",
        "Load a harmless pickle that writes a file, and see that the file does not appear.",
    ),
    "AML.T0018": Advice(
        "Sign models after evaluation, and let production load signed ones only.",
        "Who wrote to the registry, from which job, with which hash.",
        "Search for triggers on held-out inputs, and compare a new model with the last one where they disagree.",
    ),
    "AML.T0020": Advice(
        "Accept training data from named sources, with a limit on what one contributor can add.",
        "Origin, hash and date of each batch, so that one can be taken out and the model trained again.",
        "Plant marked records as a contributor could, and see whether review finds them.",
    ),
    "AML.T0058": Advice(
        "Let teams load public models from an internal registry that somebody has reviewed.",
        "Downloads from public hubs that bypass it.",
        "Try to load a model under a name with one letter changed; the registry must not have it.",
    ),
    "AML.T0059": Advice(
        "Version the data set and make its store append-only for everybody but one job.",
        "Changes of labels and deletions by account, and shifts in the share of each class.",
        "Flip a few labels on a copy and check that the comparison of versions names them.",
    ),
    "AML.T0015": Advice(
        "Do not let the model decide alone: a rule or a second model of another kind has to agree.",
        "Inputs close to the threshold, and families of nearly equal inputs with different verdicts.",
        "Attack the deployed model with small changes and report the rate at which it gives in.",
    ),
    "AML.T0043.003": Advice(
        "Normalise inputs before they are judged: encodings, spacing, invisible characters.",
        "The raw input beside the normalised one wherever they differ.",
        "Let people try to get past it by hand for an hour, and add what works to the test set.",
    ),
    "AML.T0063": Advice(
        "Show users the verdict only; scores and reasons go to the log.",
        "Clients that send the same input again with one thing changed.",
        "Look at each response, header and error page for scores and names of models.",
    ),
}
