"""Plausible values of the fields of events: what stands around the fields that a rule looks at."""

from __future__ import annotations

from collections.abc import Mapping

_WINDOWS_USERS = ("CORP\\m.keller", "CORP\\a.lindqvist", "CORP\\svc-report", "CORP\\j.ortiz", "NT AUTHORITY\\SYSTEM")
_WINDOWS_HOSTS = ("WS-0412", "WS-0077", "SRV-APP3", "DC-02", "FS-01", "LT-1189", "SRV-SQL1", "PAW-03")
_LINUX_HOSTS = ("web-03", "db-01", "runner-17", "bastion-1", "k8s-node-5", "mail-02", "build-4", "cache-2")
_TIMES = (
    "2025-03-04T02:13:55Z", "2025-03-11T08:41:07Z", "2025-04-02T23:58:12Z", "2025-05-19T11:22:40Z",
    "2025-06-30T05:04:31Z", "2025-08-07T17:45:09Z", "2025-09-15T20:30:58Z", "2025-10-21T13:09:26Z",
)  # fmt: skip
_OUTSIDE = ("203.0.113.9", "198.51.100.23", "192.0.2.146", "203.0.113.77", "198.51.100.201")
_INSIDE = ("10.20.4.17", "10.31.0.8", "192.168.14.60", "10.9.77.3", "172.16.5.40")
_ARNS = (
    "arn:aws:iam::111122223333:user/j.ortiz",
    "arn:aws:sts::111122223333:assumed-role/support",
    "arn:aws:iam::111122223333:user/ci-upload",
    "arn:aws:iam::111122223333:user/m.keller",
)
_PEOPLE = ("m.keller@corp.example", "a.lindqvist@corp.example", "j.ortiz@corp.example", "t.abara@corp.example")

# By product/category, category or product: fields and what they may hold.
CONTEXT: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "windows/process_creation": {
        "UtcTime": _TIMES,
        "Computer": _WINDOWS_HOSTS,
        "User": _WINDOWS_USERS,
        "ParentImage": (
            r"C:\Windows\explorer.exe",
            r"C:\Windows\System32\cmd.exe",
            r"C:\Windows\System32\services.exe",
            r"C:\Windows\System32\wbem\WmiPrvSE.exe",
        ),
        "ParentCommandLine": ("explorer.exe", "cmd.exe /c start.bat", "services.exe", "powershell.exe -nop"),
        "Image": (r"C:\Windows\System32\cmd.exe", r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"),
        "CommandLine": ("cmd.exe /q /c run.cmd", "powershell.exe -w hidden", "cmd /c dir"),
        "ProcessId": ("4120", "7788", "912", "10344", "5516"),
    },
    "linux/process_creation": {
        "time": _TIMES,
        "host": _LINUX_HOSTS,
        "User": ("www-data", "root", "deploy", "jenkins", "postgres"),
        "ParentImage": ("/usr/sbin/apache2", "/usr/bin/bash", "/usr/sbin/cron", "/usr/bin/python3", "/usr/sbin/sshd"),
        "Image": ("/usr/bin/bash", "/usr/bin/python3", "/usr/bin/sh"),
        "CommandLine": ("bash -i", "sh -c 'id'", "python3 run.py"),
        "pid": ("2231", "901", "15520", "777"),
    },
    "windows/security": {
        "TimeCreated": _TIMES,
        "Computer": _WINDOWS_HOSTS,
        "SubjectUserName": ("m.keller", "a.lindqvist", "adm-ortiz", "helpdesk2"),
        "IpAddress": _INSIDE,
        "WorkstationName": ("WS-0412", "WS-0077", "LT-1189"),
    },
    "windows/system": {
        "TimeCreated": _TIMES,
        "Computer": _WINDOWS_HOSTS,
        "ServiceName": ("UpdSvc", "WinHelper", "PrintFix", "xk29"),
        "StartType": ("auto start", "demand start"),
        "AccountName": ("LocalSystem", "CORP\\svc-report"),
    },
    "windows/registry_set": {
        "UtcTime": _TIMES,
        "Computer": _WINDOWS_HOSTS,
        "Image": (
            r"C:\Windows\regedit.exe",
            r"C:\Users\Public\setup_x.exe",
            r"C:\Windows\System32\reg.exe",
        ),
        "EventType": ("SetValue",),
    },
    "windows/image_load": {"UtcTime": _TIMES, "Computer": _WINDOWS_HOSTS, "User": _WINDOWS_USERS},
    "windows/dns_query": {
        "UtcTime": _TIMES,
        "Computer": _WINDOWS_HOSTS,
        "Image": (r"C:\Users\m.keller\AppData\Local\Temp\upd.exe", r"C:\Windows\System32\svchost.exe"),
        "QueryResults": _OUTSIDE,
    },
    "windows": {"TimeCreated": _TIMES, "Computer": _WINDOWS_HOSTS, "User": _WINDOWS_USERS},
    "linux/sshd": {"time": _TIMES, "host": _LINUX_HOSTS, "source_ip": _OUTSIDE, "port": ("52213", "40118", "60002")},
    "linux": {"time": _TIMES, "host": _LINUX_HOSTS, "User": ("root", "deploy", "www-data")},
    "aws": {
        "eventTime": _TIMES,
        "eventSource": ("iam.amazonaws.com", "ec2.amazonaws.com", "s3.amazonaws.com", "signin.amazonaws.com"),
        "awsRegion": ("eu-central-1", "us-east-1", "eu-west-1"),
        "sourceIPAddress": _OUTSIDE,
        "userIdentity.type": ("IAMUser", "Root"),
        "userIdentity.arn": _ARNS,
        "userAgent": ("aws-cli/2.15.30", "Boto3/1.34.20", "console.amazonaws.com"),
    },
    "gcp": {
        "timestamp": _TIMES,
        "protoPayload.authenticationInfo.principalEmail": (*_PEOPLE, "ci-bot@project-a.example"),
        "protoPayload.requestMetadata.callerIp": _OUTSIDE,
        "resource.labels.project_id": ("project-a", "billing-prod", "sandbox-7"),
    },
    "azure/signinlogs": {
        "TimeGenerated": _TIMES,
        "UserPrincipalName": _PEOPLE,
        "IPAddress": _OUTSIDE,
        "Location": ("DE", "BR", "VN", "US"),
    },
    "azure": {"TimeGenerated": _TIMES, "InitiatedBy": _PEOPLE, "IPAddress": _OUTSIDE, "Result": ("success",)},
    "m365": {"CreationTime": _TIMES, "UserId": _PEOPLE, "ClientIP": _OUTSIDE},
    "okta": {
        "published": _TIMES,
        "actor.alternateId": _PEOPLE,
        "client.ipAddress": _OUTSIDE,
        "client.userAgent.rawUserAgent": ("Mozilla/5.0 (Macintosh)", "okta-admin-console"),
    },
    "kubernetes": {
        "requestReceivedTimestamp": _TIMES,
        "user.username": ("j.ortiz", "system:serviceaccount:shop:web", "ci-deployer"),
        "sourceIPs": _OUTSIDE,
        "objectRef.namespace": ("shop", "payments", "kube-system", "monitoring"),
        "objectRef.name": ("web-7c9f", "db-credentials", "runner-0"),
    },
    "github": {
        "created_at": _TIMES,
        "actor": ("jortiz-corp", "release-bot", "mkeller"),
        "repo": ("corp/payments", "corp/infra", "corp/website"),
        "actor_ip": _OUTSIDE,
    },
    "webserver": {
        "date": _TIMES,
        "c-ip": _OUTSIDE,
        "cs-method": ("GET", "POST"),
        "cs-uri-stem": ("/catalogue/item.php", "/login", "/api/v2/export", "/index.html"),
        "cs-uri-query": ("id=12", "q=boots", "-"),
        "sc-status": ("200", "302", "500"),
        "cs-user-agent": ("Mozilla/5.0 (X11; Linux x86_64)", "curl/8.5.0"),
    },
    "proxy": {
        "date": _TIMES,
        "src_ip": _INSIDE,
        "user": ("CORP\\m.keller", "CORP\\t.abara", "-"),
        "cs-method": ("GET", "POST"),
        "cs-bytes": ("512", "2048", "90211"),
        "c-useragent": ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "python-requests/2.31"),
    },
    "dns": {
        "ts": _TIMES,
        "src_ip": _INSIDE,
        "query": ("a1b2c3d4e5.data.sync-metrics.example", "kq83hd02.upd-relay.test", "x.7f3a9c.cdn-archive.invalid"),
    },
    "firewall": {
        "time": _TIMES,
        "src_ip": _OUTSIDE,
        "dst_ip": _INSIDE,
        "proto": ("tcp",),
        "rule": ("any-in", "legacy-12"),
    },
    "": {"time": _TIMES, "host": (*_WINDOWS_HOSTS[:3], *_LINUX_HOSTS[:3])},
}
# What stands before and behind the part that a rule asks for.
PREFIXES: Mapping[str, tuple[str, ...]] = {
    "Image": (r"C:\Windows\System32", r"C:\Users\a.lindqvist\AppData\Local", r"C:\ProgramData\tools"),
    "linux/Image": ("/usr/bin", "/usr/local/bin", "/opt/.x"),
    "linux/ParentImage": ("/usr/bin", "/usr/local/bin"),
    "ParentImage": (r"C:\Program Files\Vendor", r"C:\Windows\System32"),
    "ImagePath": ("C:", "D:"),
    "TargetObject": (r"HKU\S-1-5-21-1004\Software\Microsoft\Windows", r"HKLM\Software\Microsoft\Windows"),
    "Details": (r"C:\Users\m.keller", "cmd /c"),
    "CommandLine": ("", "", "/c", "-f"),
    "message": ("",),
    "requestParameters": ('{"name":"data-2025",', '{"id":"r-55",'),
    "Parameters": ("Name=zz;", "Name=.;"),
    "c-uri-host": ("a7", "up", "cdn4"),
    "QueryName": ("n41", "dev", "s0"),
    "cs-uri-query": ("file=", "page=", "lang="),
    "cs-uri-stem": ("/shop", "/blog", ""),
    "cs-user-agent": ("", "Mozilla/5.0 "),
    "userIdentity.arn": ("arn:aws:sts::111122223333",),
    "InitiatedBy": ("pipeline", "runner"),
    "User": ("CORP",),
}
SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "Image": (r"viewer.exe", r"chat\update.exe"),
    "ImagePath": ("svchelper.exe", r"a\run.exe"),
    "ImageLoaded": ("version.dll", "dbghelp.dll", "libcef.dll"),
    "TargetObject": ("Updater", "OneStart", "xk29"),
    "Details": ("upd.js", " -w hidden", "run.exe"),
    "CommandLine": ("", "-q", "--now", "/f", "out.dat"),
    "message": ("from the log", ""),
    "requestParameters": ('"v":1}', '"count":2}'),
    "Parameters": ("relay@mail-drop.example", "box7@inbox-relay.test"),
    "cs-uri-query": ("etc/passwd", "app/config.ini", "var/log/auth.log"),
    "cs-uri-stem": ("x1.php", "note.jsp", "img9.aspx"),
    "c-useragent": ("1.1", "2.31.0"),
    "c-uri-host": ("7.31", "0.88"),
    "cs-user-agent": ("/1.8", "/3.2", " scan"),
    "TargetUserName": ("backup", "sql", "print"),
    "ServiceName": ("07", "west"),
    "WorkstationName": ("03", "11"),
    "UserPrincipalName": ("floor2@corp.example",),
    "actor.alternateId": ("-02@corp.example",),
    "repo": ("old-shop", "tools"),
    "objectRef.namespace": ("anna", "tests"),
    "user.username": ("",),
    "query": ("corp.example",),
    "Scopes": (" offline_access", " User.Read"),
    "protoPayload.authenticationInfo.principalEmail": ("project-a.example",),
    "client.userAgent.rawUserAgent": ("/4.8",),
}
# Harmless values where a rule of a catalogue has none of its own.
BENIGN: Mapping[str, str] = {
    "Image": r"C:\Windows\System32\svchost.exe",
    "ParentImage": r"C:\Windows\System32\services.exe",
    "CommandLine": "svchost.exe -k netsvcs",
    "ParentCommandLine": "services.exe",
    "OriginalFileName": "svchost.exe",
    "TargetFilename": r"C:\Windows\Logs\CBS\CBS.log",
    "TargetObject": r"HKLM\Software\Vendor\Options",
    "Details": "DWORD (0x00000000)",
    "ImageLoaded": r"C:\Windows\System32\kernel32.dll",
    "QueryName": "update.vendor.example",
    "DestinationHostname": "update.vendor.example",
    "EventID": "4634",
    "eventName": "DescribeRegions",
    "ScriptBlockText": "Get-Date",
    "c-uri": "/index.html",
    "cs-uri-query": "page=2",
    "cs-method": "HEAD",
    "User": "NT AUTHORITY\\SYSTEM",
}
