"""What worked answers of the triage task advise: two queries by kind of log, containment by asset."""

from __future__ import annotations

from collections.abc import Mapping

FAMILIES: Mapping[str, str] = {
    "process_creation": "host", "registry_set": "host", "image_load": "host", "dns_query": "network", "dns": "network",
    "proxy": "network", "firewall": "network", "webserver": "web", "security": "identity", "system": "host",
    "sshd": "identity", "cloudtrail": "cloud", "gcp.audit": "cloud", "auditlogs": "identity", "signinlogs": "identity",
    "okta": "identity", "exchange": "identity", "kubernetes": "cloud", "github": "cloud", "aws": "cloud",
    "azure": "identity", "gcp": "cloud", "m365": "identity", "windows": "host", "linux": "host",
}  # fmt: skip

NEXT: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "host": (
        (
            "Query all processes of {host} from {minutes} minutes before {time}, with parent and hash.",
            "Pull the process tree around the event on {host} and follow the children for {minutes} minutes.",
            "List what {user} started on {host} within {minutes} minutes of it.",
            "Look for files that were written on {host} in the {minutes} minutes after.",
            "Search connections that the same process of {host} opened in the next {minutes} minutes.",
            "Get the command history of {user} on {host} for that hour.",
            "Read the other alerts of {host} from {minutes} minutes before on.",
            "Check which session of {user} this belongs to, and from where it was opened.",
        ),
        (
            "Count how many other hosts show the same pair of program and parent in {days} days.",
            "Check whether the same command line occurs elsewhere in {days} days.",
            "Ask the inventory who owns {host}, and compare with {days} days of its own history.",
            "Group the same event by user over {days} days: a single one stands out.",
            "See if {user} did this before in the last {days} days.",
            "Search the fleet for the file's hash over {days} days.",
            "Compare with machines of the same role over {days} days.",
            "Look at how {host} was used on the same weekday in the last {days} days.",
            "Find the first time that this combination was seen, up to {days} days back.",
        ),
    ),
    "identity": (
        (
            "Query all sign-ins of {user} from {minutes} minutes before {time}, with address and device.",
            "List what {user} changed in the {minutes} minutes after.",
            "Compare address and client of this session with the ones that {user} had that morning.",
            "Follow the session id for {minutes} minutes and note each resource it touched.",
            "Look for a reset of password or factor for {user} within {minutes} minutes of it.",
            "Search the address for sign-ins of other accounts in the same {minutes} minutes.",
        ),
        (
            "Count such changes by {user} in {days} days.",
            "Compare with a ticket: an approved change has one in the {days} days before.",
            "See which other accounts show the same event in {days} days.",
            "Check when {user} last came from this network, {days} days back.",
            "Group the event by initiator over {days} days.",
            "Ask for the list of deputies and automations, and search {days} days for each.",
        ),
    ),
    "cloud": (
        (
            "Query every call of {user} in the {minutes} minutes around {time}, denied ones too.",
            "List the resources that the same identity created or shared within {minutes} minutes.",
            "Trace where the credentials of {user} came from: session name, source address, user agent.",
            "Look at the calls that follow from the same address for {minutes} minutes.",
            "Compare the object before and after the call; the configuration history has both.",
            "Search for reads of secrets by {user} in those {minutes} minutes.",
        ),
        (
            "Count how often this call is made in {days} days, and by whom.",
            "Check the pipeline's log for a run at that time, {days} days back.",
            "See whether {user} has called from this address in {days} days.",
            "Group the same call by region over {days} days.",
            "Compare with the change calendar of the last {days} days.",
            "Search the other accounts or clusters for it over {days} days.",
        ),
    ),
    "network": (
        (
            "Query all traffic of {host} to the same destination for {minutes} minutes on either side of {time}.",
            "Find the process on {host} that opened the connection.",
            "List names that {host} resolved in the {minutes} minutes before.",
            "Sum the bytes by direction over {minutes} minutes.",
            "Look at the intervals: a beacon keeps time over {minutes} minutes.",
            "Get the certificate and the first-seen date of the destination.",
        ),
        (
            "Count the hosts that talked to the same destination in {days} days.",
            "Check how old the destination is in our own logs, {days} days back.",
            "See if other clients use the same agent string in {days} days.",
            "Group by source over {days} days: one source alone is worth a call.",
            "Compare the volume with the usual one of {host} over {days} days.",
            "Search the mail gateway for the same name in {days} days.",
        ),
    ),
    "web": (
        (
            "Query all requests from {host} in the {minutes} minutes around {time}, by status and size.",
            "Compare the size of this answer with that of an ordinary one.",
            "Look for new files below the web root written within {minutes} minutes.",
            "Check the processes that the web server's account started in those {minutes} minutes.",
            "Read the error log of the application for the same second.",
            "List the other paths that the same client asked for in {minutes} minutes.",
        ),
        (
            "Count how many clients asked for the same path in {days} days.",
            "See if the address shows up at other sites of ours in {days} days.",
            "Group the answers with status 200 by client over {days} days.",
            "Check the deployment log of the last {days} days for this path.",
            "Ask whether a test was announced in the last {days} days.",
            "Search for the same user agent over {days} days.",
        ),
    ),
}

CONTAIN: Mapping[str, tuple[str, ...]] = {
    "workstation": (
        "Isolate the workstation through the agent and leave it running, so that its memory can be taken.",
        "End the sessions of {user} and reset the password after the machine is off the network.",
        "Tell the user by phone; mail may be read.",
        "Block the file or destination fleet-wide before anything is cleaned.",
    ),
    "file server": (
        "Cut the share off from clients first and the server second: encryption comes from a client more often.",
        "Check that the backups are out of reach of this account before anything else.",
        "Stop the process, not the server; keep the snapshot of its disk.",
        "Disable {user} now, as each minute costs files.",
    ),
    "domain controller": (
        "Don't isolate the controller on your own: logins of the whole site depend on it. Call the directory team.",
        "Disable {user}, and plan for two resets of krbtgt if a dump left the machine.",
        "Restrict logins to the controller to one hardened workstation until it is understood.",
        "Take a copy of memory and logs, then move its roles if it must go down.",
    ),
    "server": (
        "Limit the server's traffic to the investigators by a firewall rule; its owner decides on the service.",
        "Rotate the credentials of the services that run on it.",
        "Stop the service that was added and keep the binary.",
        "Snapshot disk and memory before anybody logs in to look.",
    ),
    "linux server": (
        "Restrict the host's traffic to the jump host, and keep it up for its memory.",
        "Lock {user} and look through the keys of all accounts on it.",
        "Keep the file that was started; /proc still has it while the process lives.",
        "Rotate whatever secret stood in the environment of that process.",
    ),
    "web server": (
        "Take the web server out of the balancer, and leave it running for the investigation.",
        "Block the path at the gateway before the address, since addresses change.",
        "Rotate the database credentials that the application holds.",
        "Compare the deployed files with the release, and restore from that.",
    ),
    "container host": (
        "Cordon the node and move healthy containers away; keep the suspicious one paused.",
        "Assume that whoever was in the container has the host, and with it every secret mounted there.",
        "Pull the image by its digest and forbid it at admission.",
        "Rotate the node's credentials after it is cordoned.",
    ),
    "bastion": (
        "End the session at the bastion, and let logins in by certificate only until it is clear.",
        "List each host that was reached through the session, and treat these as touched.",
        "Lock the account on all hosts, not on the bastion alone.",
        "Keep the recording of the session.",
    ),
    "cloud account": (
        "Deactivate the access key or the sessions of {user}; deleting them would remove the trace.",
        "Attach a policy that denies everything to the identity, then read what it did.",
        "Undo the change from the reviewed template, not by hand.",
        "Check all regions for what was started by the same identity.",
    ),
    "storage bucket": (
        "Block public access on the bucket now; that stops reading without deleting the policy as evidence.",
        "Get the access log: who read what while it was open is the question that lawyers will ask.",
        "Tell the data owner the same hour, as a term for notification may run.",
        "Revoke the sessions of {user} and restore the policy from the template.",
    ),
    "mailbox": (
        "Remove the rule or the consent, and end all sessions of the mailbox.",
        "Reset password and second factor of {user}, in this order, by phone.",
        "Search all mailboxes for the same rule or application.",
        "Warn those who got mail from {user} since then, above all accounting.",
    ),
    "identity tenant": (
        "End all sessions of {user} and take away administrative roles until the owner answers by phone.",
        "Restore the policy from its last reviewed version.",
        "Check the emergency accounts, and change nothing by the account in question.",
        "Demand a phishing-resistant factor for administrators from now on.",
    ),
    "cluster": (
        "Remove the binding or the access at once; workloads go on without it.",
        "Rotate each secret of the namespace that was read.",
        "Keep the pod for inspection with a network policy that lets nothing out.",
        "Look for other bindings that the same identity made.",
    ),
    "repository": (
        "Restore the setting, then review every commit and release since {time}.",
        "Revoke the tokens of {user} and of the pipelines of this repository.",
        "Treat each secret that was ever committed there as known.",
        "Freeze releases until the review is done.",
    ),
    "resolver": (
        "Sinkhole the parent domain at the resolver; the client then shows itself.",
        "Isolate the client that asked, not the resolver.",
        "Estimate what left: names times the bytes that each can carry.",
        "Limit text records for clients that have no need of them.",
    ),
    "database server": (
        "Keep the database up and cut the account's access: a stop would destroy its memory.",
        "Find the dump file and learn where it went.",
        "Rotate the credentials of all clients of the database.",
        "Ask the data owner which tables would have to be reported.",
    ),
    "build runner": (
        "Take the runner out of the pool and throw away what it built since then.",
        "Revoke the tokens that the job could read.",
        "Pin the index in the configuration of all runners.",
        "Compare the installed package with the one of the same name on our mirror.",
    ),
}

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "hit": ("Open an incident.",),
    "near miss": (
        "Close it, and leave the {asset} alone.",
        "No containment: note {changed} in the ticket and close.",
        "Close as benign; if such events come often, narrow the search that returned it.",
        "Nothing to contain on the {asset}; the query above is for the record only.",
        "File it as a test case of the rule: it must stay silent here.",
        "Hand it back to the hunt with the reason, {changed}.",
        "Let the {asset} run, and spend the time on the next event.",
        "Close it after the query, unless that shows more than this one event.",
    ),
    "filtered": (
        "Close it, and check once that the exception still has an owner.",
        "No containment on the {asset}. Note which filter applied.",
        "Close as benign, and put the exception on the list for the yearly review.",
        "Leave the {asset} alone; ask for the ticket number only if the hour is odd.",
        "Close it. Should {value} ever be open to everybody, the filter has to go.",
        "Confirm with one look at the change log, then close.",
        "Nothing to do on the {asset}, as the action was meant.",
        "Record it as expected use and move on.",
    ),
    "unrecorded": (
        "Don't contain the {asset} yet, but keep its logs from being rotated.",
        "Get {changed} from a second source: the agent, the host itself, the gateway.",
        "Ask the owner of the {asset} what ran at {time}, and set a term of {minutes} minutes.",
        "Repair the collection so that {changed} is there next time.",
        "Hold the ticket open for {minutes} minutes; escalate it if {changed} can't be had.",
        "Watch the {asset} closely meanwhile: a second event with {changed} would settle it.",
        "Preserve what is volatile on the {asset} now, and decide when {changed} is known.",
        "Have the sensor team say why {changed} is empty; an attacker may be the reason.",
    ),
}
