//! The signatures, over decoded and lowered text, in order of their classes.
//!
//! Each asks for structure: a quote that ends a literal and goes on as code, a function that is called, a path that
//! climbs twice or lands in a system file. Words alone ("select", "union", "sleep") are prose.

/// Class and pattern.
pub const SIGNATURES: &[(&str, &str)] = &[
    // A literal is closed, or a number ends, and a comparison that is always true or false follows.
    (
        "sqli",
        r#"['")\d]\s*(?:\bor\b|\band\b|\|\||&&)\s*(?:not\s+)?['"(]*[\w.]+['")]*\s*(?:=|<>|!=|like\b|between\b)\s*['"(]*[\w.]+(?:['")]|\s*(?:--|#|$|&))"#,
    ),
    (
        "sqli",
        r#"['")]\s*(?:or|and)\s+(?:not\s+)?(?:['"(]|\w+\s*(?:=|<|>|like\b)|\d|exists\b|ascii\b|substr|length\s*\(|\(?select\b)"#,
    ),
    (
        "sqli",
        r"\bunion\b[\s(]+(?:(?:all|distinct)\b[\s(]*)?select\b[\s(]*(?:null|\d|@@|\*|'|[\w.]+\s*(?:,|\(|\bfrom\b))",
    ),
    ("sqli", r"\bunion\b.{0,20}\bselect\s*\("),
    (
        "sqli",
        r"['\x22)\d;]\s*;\s*(?:select|insert\s+into|update\s+\w+\s+set|delete\s+from|drop\s+(?:table|database)|alter\s+table|exec(?:ute)?|declare|truncate\s+table|create\s+\w+)\b",
    ),
    // A literal is closed, and what a subquery or a choice gives is put in its place.
    ("sqli", r"['\x22)\d]\s*(?:\|\||\+|-|,|&&|\bor\b|\band\b)\s*(?:not\s+)?\(\s*select\s+[\w(*'@]"),
    ("sqli", r"['\x22)]\s*(?:\|\||\+|,|&&|\bor\b|\band\b)\s*\(?\s*case\s+when\b.{1,120}\bthen\b"),
    // Where an expression may stand (a column to sort by), nothing needs to be closed: a choice, or a function of a subquery.
    ("sqli", r"\bcase\s+when\b.{1,200}\bthen\b.{1,80}\belse\b.{1,80}\bend\b"),
    (
        "sqli",
        r"\b(?:substr(?:ing)?|mid|left|ascii|ord|length|char_length|exists|coalesce|ifnull|cast)\s*\(\s*(?:\(\s*)?select\b.{1,120}\bfrom\b",
    ),
    ("sqli", r"\bwaitfor\s+delay\s*['\x22(]"),
    ("sqli", r"\b(?:pg_sleep|dbms_lock\.sleep|dbms_pipe\.receive_message)\s*\("),
    (
        "sqli",
        r#"(?:['")\d]\s*(?:\bor\b|\band\b|\bxor\b|,|;|\|\||-|\+)|\bselect\b|\(|\bif\s*\().{0,40}\b(?:sleep|benchmark)\s*\(\s*[\d(]"#,
    ),
    (
        "sqli",
        r"\b(?:extractvalue|updatexml|group_concat|load_file|xp_cmdshell|sys_eval|query_to_xml|dbms_xmlgen\.getxml|utl_http\.request|utl_inaddr\.get_host)\s*\(",
    ),
    (
        "sqli",
        r"\b(?:information_schema|pg_catalog|sys)\.(?:tables|columns|schemata|objects|pg_\w+)\b|\bsqlite_master\b|\bsysobjects\b",
    ),
    ("sqli", r"\binto\s+(?:out|dump)file\s*['\x22]"),
    ("sqli", r"\w['\x22]\s*\)?\s*(?:--(?:\s|-|$|&)|#|/\*)"),
    ("sqli", r"['\x22)\d]\s+(?:order|group)\s+by\s+\d+\s*(?:--|#|/\*)"),
    ("sqli", r"['\x22)\d]\s+having\s+\d+\s*=\s*\d+"),
    ("sqli", r"@@(?:version|datadir|hostname)\b"),
    ("nosqli", r"\[\$(?:ne|nin|gt|gte|lt|lte|regex|where|exists|in|or)\]\s*="),
    ("nosqli", r#"\{\s*["']?\$(?:ne|nin|gt|regex|where|exists|expr)["']?\s*:"#),
    ("nosqli", r#"["']?\$where["']?\s*[:=]"#),
    ("nosqli", r"['\x22]\s*(?:\|\||&&)\s*(?:this\.|['\x22]?\w+['\x22]?\s*==)"),
    ("jndi", r"\$\{.{0,80}?(?:jndi|\bj\}|:-j|lower:j|upper:j).{0,80}?:"),
    ("template", r"\{\{\s*['\x22\d]+\s*\*\s*['\x22\d]+\s*\}\}"),
    ("template", r"[$#@]\{\s*\d+\s*[*+]\s*\d+\s*\}"),
    (
        "template",
        r"\{\{.{0,80}(?:__class__|__globals__|\bconfig\b\s*[.|}]|constructor|lipsum|cycler|request\s*\.\s*application).{0,200}\}\}",
    ),
    ("template", r"<%=?\s*(?:\d+\s*\*|system|`|file\.)"),
    ("template", r"\bt\(\s*java\.lang\.|%\{\(?#\w+|\$\{.{0,60}(?:getruntime|processbuilder|java\.lang)"),
    ("command", r"\(\s*\)\s*\{\s*[:_\w]*\s*;?\s*\}\s*;"),
    // What a command is given tells it from a word: a comment of a user agent is `(Linux; Android 13; CAT S62)` as well.
    ("command", r"(?:;|\|\|?|&&|\$\(|`|\n)\s*(?:/(?:usr/)?bin/)?cat(?:\s|\$\{?ifs\}?|<)+\S*[/.~*$]"),
    (
        "command",
        r"(?:;|\|\|?|&&|\$\(|`|\n)\s*(?:/(?:usr/)?bin/)?(?:whoami|uname|wget|curl|nslookup|powershell|ifconfig|netstat)(?:\s+\S|\s*[;|`)]|\s*$)",
    ),
    (
        "command",
        r"(?:;|\|\|?|&&|\$\(|`)\s*(?:/(?:usr/)?bin/)?(?:(?:id|ls|nc|ping|bash|sh|python3?|perl)\s+(?:-\w|[/~$]|\./)|(?:bash|sh|python3?|perl)\s+\S+\.(?:py|pl|sh)\b|(?:ping|nc)\s+[\w-]+\.[\w.-]|(?:sleep|ping)\s+\d|id\s+(?:root|www-data)\b)",
    ),
    ("command", r"\bcmd(?:\.exe)?\s*/c\s"),
    ("traversal", r"(?:\.\.[/\\]+){2,}"),
    ("traversal", r"\.\.[/\\]+(?:etc|proc|var|root|home|windows|winnt|web-inf|\.env|\.git|\.ssh)\b"),
    ("traversal", r"/etc/(?:passwd|shadow|group|hosts|issue)\b|/proc/(?:self|\d+)/(?:environ|cmdline|maps|fd)\b"),
    ("traversal", r"\bboot\.ini\b|\\win\.ini\b|/win\.ini\b|web-inf/web\.xml"),
    ("traversal", r"\b(?:php://(?:filter|input)|expect://|phar://|zip://)"),
    ("traversal", r"\x00"),
    ("xss", r"<\s*script\b|<\s*/\s*script\s*>"),
    ("xss", r"<\s*(?:svg|img|iframe|body|input|video|audio|details|object|embed)\b[^>]{0,120}\bon\w+\s*="),
    ("xss", r"=\s*javascript:|[\x22']\s*on(?:error|load|focus|mouseover|click)\s*="),
];
