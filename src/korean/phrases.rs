//! Sentences that do not come from rules, in both languages: bases, peers, coverage, verdicts.
//!
//! What stands in braces is filled in. A name that begins with `>` is itself told in Korean where there is a phrase for
//! it, `,` is a list whose parts are told one by one, `&` a list that ends in "and", `#` a number with what is counted,
//! one or several, of which the number stays. What is told here without its full stop is told with it as well.

/// English as the engine says it, and Korean.
pub(super) const PHRASES: &[(&str, &str)] = &[
    // Why a finding is one.
    (
        "{name} {value} (threshold at least {bound}); {n} {>of}: median {p50}, p99 {p99}",
        "{name} {value} (기준 {bound} 이상), 비교 대상 {n}개({>of}): 중앙값 {p50}, p99 {p99}",
    ),
    (
        "{name} {value} (threshold more than {bound}); {n} {>of}: median {p50}, p99 {p99}",
        "{name} {value} (기준 {bound} 초과), 비교 대상 {n}개({>of}): 중앙값 {p50}, p99 {p99}",
    ),
    (
        "{name} {value} (threshold at most {bound}); {n} {>of}: median {p50}, p99 {p99}",
        "{name} {value} (기준 {bound} 이하), 비교 대상 {n}개({>of}): 중앙값 {p50}, p99 {p99}",
    ),
    (
        "{name} {value} (threshold less than {bound}); {n} {>of}: median {p50}, p99 {p99}",
        "{name} {value} (기준 {bound} 미만), 비교 대상 {n}개({>of}): 중앙값 {p50}, p99 {p99}",
    ),
    ("{name} {value} (threshold at least {bound})", "{name} {value} (기준 {bound} 이상)"),
    ("{name} {value} (threshold more than {bound})", "{name} {value} (기준 {bound} 초과)"),
    ("{name} {value} (threshold at most {bound})", "{name} {value} (기준 {bound} 이하)"),
    ("{name} {value} (threshold less than {bound})", "{name} {value} (기준 {bound} 미만)"),
    (
        "Compared with only {n} {>whom}, fewer than {enough}: one level lower for it.",
        "비교 대상이 {n}개({>whom})뿐으로 {enough}개에 못 미쳐 한 등급 낮춤.",
    ),
    (
        "These logs are a selection (--extract): told by its own figures, with nobody to compare with, one level lower for it.",
        "이 로그는 골라낸 일부임(--extract): 비교할 상대 없이 자체 수치로 판정하여 한 단계 낮춤.",
    ),
    (
        "Only {n} {>whom} to compare with, fewer than {enough}: told by its own figures, one level lower for it.",
        "비교 대상이 {n}개({>whom})뿐으로 {enough}개에 못 미쳐 자체 수치로 판단하고 한 등급 낮춤.",
    ),
    (
        "{n} findings of this rule are told as one, {>how}: one campaign, or a habit of this service that the rule mistakes. \
         Figures are those of the largest; lines, answers and entities are those of all.",
        "이 규칙의 탐지 {n}건을 하나로 묶음({>how}): 하나의 공격이거나, 규칙이 잘못 본 이 서비스의 습관. 수치는 가장 큰 것의 것, \
         줄과 응답과 개체는 전체의 것.",
    ),
    ("most requests of each on the route {route}", "각각의 요청 대부분이 경로 {route}"),
    ("most requests of each by the user agent {agent}", "각각의 요청 대부분이 사용자 에이전트 {agent}"),
    ("with nothing in common but the rule", "규칙 말고는 공통점 없음"),
    (
        "These logs do not tell it from that: level low until somebody knows.",
        "이 로그만으로는 그것과 구별할 수 없음: 확인될 때까지 등급은 낮음.",
    ),
    (
        "{inside} of its {all} requests lie in the time that --baseline marks as clean: either this is normal there, or \
         that time is not clean.",
        "요청 {all}건 중 {inside}건이 --baseline이 깨끗하다고 한 시간에 있음. 거기서는 정상이거나, 그 시간이 깨끗하지 않음.",
    ),
    (
        "Cited with it: {n} more of the same {what}, not enough by itself to tell.",
        "함께 인용: 같은 {what}의 {n}개 더. 그것만으로는 판단하기에 모자람.",
    ),
    ("Cited with it: {n} more, not enough by itself to tell.", "함께 인용: {n}개 더. 그것만으로는 판단하기에 모자람."),
    ("The context says: {>what}.", "배경 정보: {>what}."),
    (
        "{route} returns many objects (in bulk: an answer holds many)",
        "{route}은(는) 많은 객체를 돌려줌 (한 응답에 여럿)",
    ),
    ("{route} returns {data} (in bulk: an answer holds many)", "{route}은(는) {data}을(를) 돌려줌 (한 응답에 여럿)"),
    ("{route} returns {data}", "{route}은(는) {data}을(를) 돌려줌"),
    (
        "Limited by {words}: {shown} of {all} requests of the evidence are reported, and with them times, outcome, answers \
         and entities; title, level, confidence and measures are those of all.",
        "{words}로 제한됨. 증거 요청 {all}건 중 {shown}건과 그 시각·결과·응답·관련 대상만 알림. 제목, 등급, 확신도, 측정값은 전체의 것.",
    ),
    // What a finding is told from.
    (
        "Not a job that recurs: its days and hours follow no schedule.",
        "되풀이되는 작업이 아님: 날짜와 시각에 일정한 주기가 없음.",
    ),
    (
        "Not a poller or a reader who returns: {share} of its requests asked for what it had already.",
        "주기적 조회나 되돌아오는 독자가 아님: 이미 받은 것을 다시 요청한 비율 {share}.",
    ),
    (
        "Not what everybody reads: {share} of ordinary requests there are for objects that many ask for.",
        "누구나 읽는 것이 아님: 그곳의 보통 요청 가운데 많은 이가 찾는 객체의 비율 {share}.",
    ),
    (
        "Not how the interface is used: {share} of the route's callers do this.",
        "인터페이스의 보통 쓰임이 아님: 이 경로의 호출자 가운데 이렇게 하는 비율 {share}.",
    ),
    (
        "Not an outage: {share} of everybody else's requests went the same way meanwhile.",
        "장애가 아님: 그동안 다른 이들의 요청 가운데 같은 일을 겪은 비율 {share}.",
    ),
    (
        "Not a user of the whole application: {share} of its requests in these logs are these.",
        "애플리케이션을 두루 쓰는 사용자가 아님: 이 로그의 요청 가운데 이것의 비율 {share}.",
    ),
    (
        "Not readers of the same things: {share} of what it asked for nobody else asked for.",
        "같은 것을 읽는 독자들이 아님: 요청한 것 가운데 아무도 요청하지 않은 것의 비율 {share}.",
    ),
    (
        "Not the usual work: {share} of this was not seen where it was at home before.",
        "늘 하던 일이 아님: 전에 있던 곳에서 보이지 않던 것의 비율 {share}.",
    ),
    (
        "Not a public route: {share} of its successful answers went to requests with a credential.",
        "공개 경로가 아님: 성공 응답 가운데 자격 증명이 있는 요청에 간 비율 {share}.",
    ),
    (
        "Not its own things: {share} of them are at home with others.",
        "자기 것이 아님: 다른 이에게 속한 것의 비율 {share}.",
    ),
    (
        "Not its own things: {share} of them go with somebody else.",
        "자기 것이 아님: 다른 누군가와 함께 다니는 것의 비율 {share}.",
    ),
    (
        "Not somebody who sleeps: its requests are spread over the hours of the day (evenness {evenness}).",
        "잠을 자는 사람이 아님: 요청이 하루 모든 시간에 퍼져 있음(고른 정도 {evenness}).",
    ),
    (
        "Not the usual answer: {share} of its answers are those that most others get.",
        "보통의 응답이 아님: 응답 가운데 다른 이 대부분이 받는 것의 비율 {share}.",
    ),
    ("Not many people behind one address: {n} user agent(s).", "한 주소 뒤의 여러 사람이 아님: 사용자 에이전트 {n}개."),
    // Rules of Sigma.
    ("Sigma rule {id} ({status}), {file}.", "Sigma 규칙 {id} ({status}), {file}."),
    ("It matched {what}.", "맞은 것: {what}."),
    (
        "The rule is about what one's own clients ask of others, as a forward proxy logs it; these logs show what strangers \
         asked: two levels lower for it.",
        "이 규칙은 포워드 프록시가 기록하는, 자기 클라이언트가 밖에 묻는 것을 다룸. 이 로그는 낯선 쪽이 물은 것을 보여 주므로 두 등급 낮춤.",
    ),
    (
        "The rule names no benign look-alikes; a match says what was sent, not that it worked.",
        "이 규칙은 닮은 정상 사례를 대지 않음. 맞았다는 것은 무엇이 보내졌는지일 뿐, 통했다는 뜻이 아님.",
    ),
    (
        "Read the cited lines and what they were answered with. About the pattern: {page}",
        "인용된 줄과 그 응답을 읽으십시오. 유형 설명: {page}",
    ),
    ("Read the cited lines and what they were answered with.", "인용된 줄과 그 응답을 읽으십시오."),
    // Peers.
    (
        "groups of {&level} on the same {&on} in the time marked clean",
        "깨끗하다고 한 시간의 같은 {&on}에서 {&level}별 묶음",
    ),
    ("groups of {&level} on the same {&on}", "같은 {&on}에서 {&level}별 묶음"),
    ("groups of {&level} in the time marked clean", "깨끗하다고 한 시간의 {&level}별 묶음"),
    ("groups of {&level}", "{&level}별 묶음"),
    ("group of {&level} on the same {&on}", "같은 {&on}에서 {&level}별 묶음"),
    ("group of {&level}", "{&level}별 묶음"),
    // Parts that are played.
    ("{count} of its {total} requests in these logs are evidence", "이 로그의 요청 {total}건 중 {count}건이 증거"),
    ("reported here: {n} of that evidence", "그 증거 중 여기 알리는 것 {n}건"),
    ("{n} account(s) use it that are not among those of the evidence", "증거에 없는 계정 {n}개가 함께 씀"),
    ("{n} session(s) use it that are not among those of the evidence", "증거에 없는 세션 {n}개가 함께 씀"),
    (
        "{n} user agent(s) use it that are not among those of the evidence",
        "증거에 없는 사용자 에이전트 {n}개가 함께 씀",
    ),
    ("nothing tells the rest from the same user", "나머지가 다른 사용자의 것이라는 근거는 없음"),
    // What was answered.
    ("nothing is known to have been answered with success", "성공으로 응답된 것으로 확인된 것이 없음"),
    (
        "{objects} distinct object ids in {answered} successful answers, none of them a page, a wildcard or larger than ten \
         times what is usual on its route: each id is taken for one subject",
        "성공 응답 {answered}건에 서로 다른 객체 식별자 {objects}개. 페이지나 와일드카드, 그 경로의 보통보다 열 배 큰 응답이 없어 식별자 하나를 정보주체 한 명으로 봄",
    ),
    (
        "{objects} distinct object ids in {answered} successful answers",
        "성공 응답 {answered}건에 서로 다른 객체 식별자 {objects}개",
    ),
    (
        "{many} of these may hold many subjects (no id, a page, a wildcard, in bulk, or ten times the usual size), so nothing \
         bounds it from above",
        "이 가운데 {many}건은 많은 정보주체를 담을 수 있어(식별자 없음, 페이지, 와일드카드, 일괄, 보통의 열 배 크기) 상한이 없음",
    ),
    (
        "{answered} successful answers name no object id in these logs, so subjects cannot be counted",
        "성공 응답 {answered}건에 객체 식별자가 이 로그에 없어 정보주체를 셀 수 없음",
    ),
    ("{part} answers hold a part or nothing (206, no bytes)", "응답 {part}건은 일부만 담거나 비어 있음 (206, 0바이트)"),
    (
        "in {gone} of these the client went away after bytes had been sent (499), so they count in at most only",
        "그중 {gone}건은 바이트가 나간 뒤 클라이언트가 떠나(499) 최대에만 셈",
    ),
    (
        "{asked} answers to HEAD say that something is there and hold nothing",
        "HEAD 응답 {asked}건은 있다고만 알리며 담은 것이 없음",
    ),
    (
        "{doubtful} answers are as large as the errors of their route and may be such",
        "응답 {doubtful}건은 그 경로의 오류와 크기가 같아 오류일 수 있음",
    ),
    ("{>open}: no upper bound", "{>open}: 상한 없음"),
    (
        "{n} request was logged without a status and may have been answered",
        "요청 {n}건은 상태 코드 없이 기록되어 응답되었을 수 있음",
    ),
    (
        "{n} requests were logged without a status and may have been answered",
        "요청 {n}건은 상태 코드 없이 기록되어 응답되었을 수 있음",
    ),
    ("the log is a sample", "로그가 표본임"),
    ("the log has no records from {from} until {until}", "로그에 {from}부터 {until}까지 기록이 없음"),
    ("these logs are a selection (--extract)", "이 로그는 골라낸 일부임 (--extract)"),
    // Incidents.
    (
        "distinct objects over all its findings, each vantage that could not be linked counted by itself",
        "모든 탐지 결과에 걸친 서로 다른 객체. 연결할 수 없었던 관측 지점은 따로 셈",
    ),
    (
        "both name {n} of the same {kind}, of {fewer} in the one that names fewer",
        "둘 다 같은 {kind} {n}개를 댐 (적은 쪽은 {fewer}개)",
    ),
    ("both name {kind} {value}", "둘 다 {kind} {value}을(를) 댐"),
    (
        "{both} of the {fewer} lines of the one that cites fewer are evidence of both",
        "적게 인용한 쪽의 {fewer}줄 중 {both}줄이 둘 모두의 증거",
    ),
    (
        "principal {account} and {#n}: taken over in the one by {when}, used in the other at {used}",
        "계정 {account} 외 {#n}개: 한쪽에서 {when}까지 탈취, 다른 쪽에서 {used}에 사용",
    ),
    (
        "principal {account}: taken over in the one by {when}, used in the other at {used}",
        "계정 {account}: 한쪽에서 {when}까지 탈취, 다른 쪽에서 {used}에 사용",
    ),
    // Verdicts.
    ("not judged: the hunt was stopped before it", "판정하지 않음: 그 전에 판정을 멈춤"),
    ("not evaluable: {&columns} is not in these logs", "판정 불가: 이 로그에 {&columns}이(가) 없음"),
    ("not evaluable: {&columns} are not in these logs", "판정 불가: 이 로그에 {&columns}이(가) 없음"),
    (
        "not evaluable: --extract says these logs are a selection, and this rule needs all of them: {>why}",
        "판정 불가: --extract에 따르면 이 로그는 골라낸 일부인데 이 규칙은 전부가 필요함: {>why}",
    ),
    ("it compares with peers, who may have been left out", "빠졌을 수 있는 비교 대상과 비교함"),
    ("it looks for a step that is missing", "빠진 단계를 찾음"),
    (
        "what is seen first here ({measure}) may have been seen before",
        "여기서 처음 보인 것({measure})이 전에 보였을 수 있음",
    ),
    (
        "a share of what was selected is no share of what there was ({measure})",
        "골라낸 것의 비율은 있었던 것의 비율이 아님 ({measure})",
    ),
    (
        "who may use a route (audience) is learnt from all its users",
        "누가 경로를 쓸 수 있는지(audience)는 모든 사용자에게서 배움",
    ),
    (
        "that a request showed no credential (auth) is learnt from how others did",
        "요청이 자격 증명을 보이지 않았다는 것(auth)은 남들이 어떻게 했는지에서 배움",
    ),
    ("judged, nothing found", "판정함, 찾은 것 없음"),
    (
        "judged; {n} finding(s), none with evidence in what the report is limited to",
        "판정함. 탐지 결과 {n}건이 있으나 보고가 제한된 범위 안에 증거가 없음",
    ),
    ("judged without the level {level}: not in these logs", "{level} 수준은 이 로그에 없어 빼고 판정함"),
    ("judged without the levels {levels}: not in these logs", "다음 수준은 이 로그에 없어 빼고 판정함: {levels}"),
    ("{n} finding(s)", "탐지 결과 {n}건"),
    (
        "{rule}: not evaluable for {#n} over its own floors, with fewer than the {least} peers to be compared with",
        "{rule}: 자체 기준을 넘은 묶음 {#n}개는 비교 대상이 {least}개에 못 미쳐 판정 불가",
    ),
    (
        "{rule}: not evaluable for {#n} over its own floors, with no peer to be compared with",
        "{rule}: 자체 기준을 넘은 묶음 {#n}개는 비교 대상이 없어 판정 불가",
    ),
    (
        "not evaluable for {#n} over its own floors, with fewer than the {least} peers to be compared with",
        "자체 기준을 넘은 묶음 {#n}개는 비교 대상이 {least}개에 못 미쳐 판정 불가",
    ),
    (
        "not evaluable for {#n} over its own floors, with no peer to be compared with",
        "자체 기준을 넘은 묶음 {#n}개는 비교 대상이 없어 판정 불가",
    ),
    (
        "{n} group(s) could not be decided: for {some} of them `{part}` = {measure} has no value ({>when})",
        "묶음 {n}개는 판정할 수 없음: 그중 {some}개에서 `{part}` = {measure}의 값이 없음 ({>when})",
    ),
    (
        "{n} group(s) could not be decided: for {some} of them `{part}` has no value",
        "묶음 {n}개는 판정할 수 없음: 그중 {some}개에서 `{part}`의 값이 없음",
    ),
    (
        "NULL where the route has fewer than 20 ordinary answers with a number",
        "경로에 숫자가 있는 보통 응답이 20건에 못 미치면 NULL",
    ),
    ("NULL where the route has fewer than 20 values", "경로에 값이 20개에 못 미치면 NULL"),
    ("NULL where nobody else has a value on the route", "경로에 다른 누구도 값이 없으면 NULL"),
    ("NULL where no ordinary caller names objects on the route", "경로에서 객체를 대는 보통 호출자가 없으면 NULL"),
    ("NULL where the route has no successful answer", "경로에 성공 응답이 없으면 NULL"),
    ("NULL where nobody else was there", "다른 누구도 없었으면 NULL"),
    ("NULL where its condition holds for no row", "조건에 맞는 행이 없으면 NULL"),
    ("NULL where no row has a number", "숫자가 있는 행이 없으면 NULL"),
    ("NULL where no row has a time", "시각이 있는 행이 없으면 NULL"),
    ("NULL where too few ids are whole numbers", "정수인 식별자가 너무 적으면 NULL"),
    ("NULL where too few rows have a time", "시각이 있는 행이 너무 적으면 NULL"),
    ("NULL under 100 rows", "행이 100개에 못 미치면 NULL"),
    (
        "NULL where no step has a way to it that enough others take",
        "충분한 다른 이가 거치는 길이 있는 단계가 없으면 NULL",
    ),
    ("NULL where no row has a value", "값이 있는 행이 없으면 NULL"),
    ("judged; {n} matches, none of them within {words}", "판정함. {n}건이 맞았으나 {words} 안에는 없음"),
    ("judged, {n} matches, which are for the correlation {rules}", "판정함. {n}건이 맞았고 상관 규칙 {rules}에 쓰임"),
    // What was declared, and what a report is limited to.
    ("a rule file was left out: {why}", "규칙 파일 하나를 빼고 판정함: {why}"),
    (
        "--extract: these logs are a selection of what there was: counts are lower bounds, comparisons with others, absences \
         and first-seen claims were not judged, and a gap or a silent rule says nothing.",
        "--extract: 이 로그는 있었던 것에서 골라낸 일부. 수는 하한이고, 남과의 비교·부재·처음 보임은 판정하지 않았으며, 공백이나 조용한 규칙은 아무것도 말하지 않음.",
    ),
    (
        "--openapi {path} (SHA-256 {sha256}): routes, required credentials and what is documented are taken from it.",
        "--openapi {path} (SHA-256 {sha256}): 경로, 필요한 자격 증명, 문서화 여부를 여기서 가져옴.",
    ),
    (
        "without --context: no route is known to be public or protected, and nobody to be a partner, crawler, scanner or \
         health check; what is ordinary was learnt from these logs.",
        "--context 없음: 어느 경로가 공개인지 보호되는지, 누가 제휴사·크롤러·스캐너·상태 검사인지 알려지지 않음. 보통이 무엇인지는 이 로그에서 배움.",
    ),
    (
        "--context {path} (SHA-256 {sha256}): what it declares was not checked against anything.",
        "--context {path} (SHA-256 {sha256}): 거기 적힌 것은 무엇과도 대조하지 않음.",
    ),
    (
        "--baseline {range}: no request lies in it, so populations are drawn from all that was read.",
        "--baseline {range}: 그 안에 요청이 없어 비교 대상을 읽은 전부에서 뽑음.",
    ),
    (
        "--baseline {range}: peers, routes' own rates and first-seen are drawn from its {inside} of {all} requests (counts of \
         peers scaled by {scale} to the whole time); findings are not looked for less there, and {n} have evidence in it.",
        "--baseline {range}: 비교 대상, 경로의 비율, 처음 보임을 요청 {all}건 중 그 안의 {inside}건에서 뽑음(비교 대상의 수는 전체 시간에 맞게 {scale}배). 거기서도 똑같이 찾았고 탐지 결과 {n}건의 증거가 그 안에 있음.",
    ),
    (
        "{words}: findings are reported where their evidence falls into these {counted} of {all} requests, and only that part \
         of it; rules measured and compared all that was read.",
        "{words}: 증거가 요청 {all}건 중 이 {counted}건에 드는 탐지 결과의 그 부분만 알림. 규칙은 읽은 전부를 재고 비교함.",
    ),
    ("{path}: route {route} fits no request of these logs", "{path}: 경로 {route}에 맞는 요청이 이 로그에 없음"),
    ("{path}: {who} fits no request of these logs", "{path}: {who}에 맞는 요청이 이 로그에 없음"),
    (
        "{who} is over its quota of {quota} requests a day on {n} day(s), the first {day}; what it did then was judged like \
         anybody's.",
        "{who}이(가) {n}일 동안 하루 할당량 {quota}건을 넘김(처음은 {day}). 그때 한 일은 다른 누구와도 같이 판정함.",
    ),
    (
        "{path}: no request fits any of its {n} paths; if the gateway logs them without the path of `servers`, take that out \
         of a copy of the document",
        "{path}: 경로 {n}개 중 어느 것에도 맞는 요청이 없음. 게이트웨이가 `servers`의 경로 없이 기록한다면 문서 사본에서 그것을 빼십시오",
    ),
    (
        "{path}: {n} path(s) are references, which are not followed: their operations are known, what they ask for is not",
        "{path}: 경로 {n}개는 참조이며 따라가지 않음. 작업은 알지만 요구하는 것은 모름",
    ),
    // Sources.
    ("{path}: times carry no zone; {>zone}", "{path}: 시각에 시간대가 없음. {>zone}"),
    ("{path}: sampled 1 in {n}: counts are lower bounds", "{path}: {n}건 중 1건만 기록한 표본. 수는 하한"),
    (
        "{path}: {n} NUL bytes, the first in line {line} (byte offset {offset}): nothing was written there or it was lost, \
         as after a crash or in a copy of a log in use; {>spoils}",
        "{path}: NUL 바이트 {n}개, 처음은 {line}번째 줄(바이트 오프셋 {offset}). 그 자리에는 아무것도 쓰이지 않았거나 잃어버린 것으로, \
         비정상 종료 뒤나 쓰는 중인 로그의 사본에서 생김. {>spoils}",
    ),
    (
        "{path}: 1 NUL byte, in line {line} (byte offset {offset}): nothing was written there or it was lost, \
         as after a crash or in a copy of a log in use; {>spoils}",
        "{path}: NUL 바이트 1개, {line}번째 줄(바이트 오프셋 {offset}). 그 자리에는 아무것도 쓰이지 않았거나 잃어버린 것으로, \
         비정상 종료 뒤나 쓰는 중인 로그의 사본에서 생김. {>spoils}",
    ),
    ("no record was rejected for it", "그 때문에 읽지 못한 기록은 없음"),
    ("{n} record was rejected for it", "그 때문에 기록 {n}건을 읽지 못함"),
    ("{n} records were rejected for it", "그 때문에 기록 {n}건을 읽지 못함"),
    (
        "{path}: {n} of {all} records could not be read and were not judged",
        "{path}: 기록 {all}건 중 {n}건은 읽을 수 없어 판정하지 않음",
    ),
    (
        "{n} file(s) missing between {before} and {after}: what they hold was not looked at",
        "{before}와(과) {after} 사이에 파일 {n}개가 빠짐. 그 내용은 살펴보지 못함",
    ),
    (
        "{path}: {n} {>occur} twice in {zone} (the clock was set back), and the order of lines does not tell which is meant; \
         the earlier was taken",
        "{path}: {zone}에서 두 번 있는 {>occur} {n}개(시계를 늦춤). 줄의 순서로도 어느 쪽인지 알 수 없어 앞의 것을 택함",
    ),
    ("times occur", "시각"),
    ("time occurs", "시각"),
    (
        "{path}: {n} times never occur in {zone} (the clock was set forward): the zone is doubtful, try --assume-tz",
        "{path}: 시각 {n}개가 {zone}에 없음(시계를 앞당김). 시간대가 의심스러우니 --assume-tz를 써 보십시오",
    ),
    (
        "{path}: {n} time never occurs in {zone} (the clock was set forward): the zone is doubtful, try --assume-tz",
        "{path}: 시각 {n}개가 {zone}에 없음(시계를 앞당김). 시간대가 의심스러우니 --assume-tz를 써 보십시오",
    ),
    (
        "{path}: written in {encoding}; byte offsets count its text in UTF-8",
        "{path}: {encoding}로 쓰임. 바이트 위치는 UTF-8로 센 것",
    ),
    ("{path}: columns told by the look of their values: {columns}", "{path}: 값의 모양으로 알아본 열: {columns}"),
    ("{path}: of its {n} rows are {&formats}", "{path}: 행 {n}개의 형식: {&formats}"),
    (
        "{path}: {n} of {all} lines are out of order, by up to {s} s; requests are ordered by time",
        "{path}: {all}줄 중 {n}줄의 순서가 최대 {s}초 어긋남. 요청은 시각순으로 정렬함",
    ),
    (
        "{n} sources hold what others hold and were read once; the first: {>why}",
        "원본 {n}개는 다른 원본과 내용이 같아 한 번만 읽음. 첫째: {>why}",
    ),
    (
        "{name} holds the same bytes as {other}; it was read once, under that name",
        "{name}은(는) {other}과(와) 바이트가 같아 그 이름으로 한 번만 읽음",
    ),
    (
        "{name} holds the same text as {other}; it was read once, under that name",
        "{name}은(는) {other}과(와) 글이 같아 그 이름으로 한 번만 읽음",
    ),
    (
        "{name} became shorter while it was read: {read} of its {bytes} bytes came; read a copy that nobody writes to",
        "읽는 동안 {name}이(가) 짧아짐: {bytes}바이트 중 {read}바이트만 읽음. 아무도 쓰지 않는 사본을 읽으십시오",
    ),
    (
        "{name}: standard input is empty; pipe a log into it",
        "{name}: 표준 입력이 비어 있음. 로그를 파이프로 넘기십시오",
    ),
    (
        "{path} does not exist; check the spelling and the working directory",
        "{path}이(가) 없음. 철자와 작업 디렉터리를 확인하십시오",
    ),
    (
        "{path} may not be read by this user; change its permissions or copy it",
        "{path}을(를) 이 사용자가 읽을 수 없음. 권한을 바꾸거나 복사하십시오",
    ),
    (
        "{name} is a directory without files to read; name the directory that holds the logs",
        "{name}은(는) 읽을 파일이 없는 디렉터리. 로그가 있는 디렉터리를 대십시오",
    ),
    (
        "{name}: It is binary data, not a log in text; if it is an archive or an export, extract it first.",
        "{name}: 글로 된 로그가 아니라 이진 데이터입니다. 압축이나 내보낸 파일이면 먼저 푸십시오.",
    ),
    (
        "{name}: No known format fits; closest are {formats} ({reason}). The first record that fails: {record} … Give --input-format, or --log-format with the directive that wrote it.",
        "{name}: 맞는 형식이 없음. 가장 가까운 것은 {formats} ({reason}). 처음 맞지 않은 기록: {record} … --input-format을 주거나, 로그를 쓴 지시문을 --log-format으로 주십시오.",
    ),
    (
        "{name}: No known format can be told: the first line does not end where records do. Look whether its line ends were lost; where they were not, give --input-format (a record may be 16 MiB long).",
        "{name}: 형식을 알 수 없음. 첫 줄이 기록이 끝날 데서 끝나지 않음. 줄 끝이 사라졌는지 보고, 아니면 --input-format을 주십시오(기록 하나는 16 MiB까지).",
    ),
    ("reading of {name} was stopped", "{name} 읽기를 멈춤"),
    ("load it again for the rest", "나머지는 다시 읽으십시오"),
    ("{name} cannot be read to its end ({error})", "{name}을(를) 끝까지 읽을 수 없음 ({error})"),
    ("{name} cannot be read ({error})", "{name}을(를) 읽을 수 없음 ({error})"),
    ("{name} ends in the middle of its {compression} data", "{name}이(가) {compression} 데이터 중간에서 끝남"),
    ("the {compression} data of {name} is damaged ({error})", "{name}의 {compression} 데이터가 손상됨 ({error})"),
    (
        "kept is {n} record up to there, without the {lost} bytes of the record at the cut",
        "거기까지의 기록 {n}건을 남김, 잘린 기록의 {lost}바이트는 뺌",
    ),
    (
        "kept are {n} records up to there, without the {lost} bytes of the record at the cut",
        "거기까지의 기록 {n}건을 남김, 잘린 기록의 {lost}바이트는 뺌",
    ),
    ("kept is {n} record up to there", "거기까지의 기록 {n}건을 남김"),
    ("kept are {n} records up to there", "거기까지의 기록 {n}건을 남김"),
    ("copy it anew", "다시 복사하십시오"),
    (
        "an ingest of this case was to take in what it did not find: {>cause}",
        "이 사건 폴더에 담으려 했으나 찾지 못한 것이 있음: {>cause}",
    ),
    ("`{command}` adds it once it is there", "생기면 `{command}`로 담으십시오"),
    (
        "if it was named by mistake, ingest the others into a new case",
        "이름을 잘못 적은 것이면 나머지를 새 사건 폴더에 담으십시오",
    ),
    ("{path} does not exist", "{path}이(가) 없음"),
    ("{name} is empty", "{name}이(가) 비어 있음"),
    ("look whether its content was moved elsewhere", "내용이 다른 곳으로 옮겨졌는지 확인하십시오"),
    ("stated", "로그에 적힘"),
    ("unknown", "모름"),
    ("assumed {zone}", "{zone}로 가정"),
    // Who asked.
    (
        "{path}: identity is not recorded by this source, so whether its requests were authenticated is unknown.",
        "{path}: 이 원본은 신원을 기록하지 않아 요청이 인증되었는지 알 수 없음.",
    ),
    (
        "{path}: every visitor is given a session, so a session does not tell who has signed in.",
        "{path}: 모든 방문자에게 세션을 주므로 세션으로는 누가 로그인했는지 알 수 없음.",
    ),
    (
        "{path}: more than half of the requests come from {client}, which looks like a proxy ({agents} user agents, {n} \
         principals), so rules on client addresses are not evaluated there; if it is one, and a forwarded-for chain is \
         logged, name it with --trusted-proxy.",
        "{path}: 요청의 절반 이상이 프록시로 보이는 {client}에서 옴(사용자 에이전트 {agents}개, 계정 {n}개). 그래서 클라이언트 주소에 대한 규칙은 거기서 판정하지 않음. 프록시이고 forwarded-for가 기록되어 있다면 --trusted-proxy로 알려 주십시오.",
    ),
    (
        "{path}: internal and trusted peers were stepped over in {n} request; client_ip is the first other address from the \
         right of the forwarded-for chain.",
        "{path}: 요청 {n}건에서 내부 주소와 신뢰하는 프록시를 건너뜀. client_ip는 forwarded-for의 오른쪽에서 처음 나오는 다른 주소.",
    ),
    (
        "{path}: internal and trusted peers were stepped over in {n} requests; client_ip is the first other address from the \
         right of the forwarded-for chain.",
        "{path}: 요청 {n}건에서 내부 주소와 신뢰하는 프록시를 건너뜀. client_ip는 forwarded-for의 오른쪽에서 처음 나오는 다른 주소.",
    ),
    (
        "{path}: internal peers were stepped over in {n} request; client_ip is the first other address from the right of the \
         forwarded-for chain.",
        "{path}: 요청 {n}건에서 내부 주소를 건너뜀. client_ip는 forwarded-for의 오른쪽에서 처음 나오는 다른 주소.",
    ),
    (
        "{path}: internal peers were stepped over in {n} requests; client_ip is the first other address from the right of the \
         forwarded-for chain.",
        "{path}: 요청 {n}건에서 내부 주소를 건너뜀. client_ip는 forwarded-for의 오른쪽에서 처음 나오는 다른 주소.",
    ),
    (
        "{path}: the forwarded-for chain of {n} request was ignored because the peer is a public address that is not known \
         to be a proxy; name it with --trusted-proxy if it is.",
        "{path}: 상대가 프록시로 알려지지 않은 공개 주소여서 요청 {n}건의 forwarded-for를 무시함. 프록시라면 --trusted-proxy로 알려 주십시오.",
    ),
    (
        "{path}: the forwarded-for chain of {n} requests was ignored because the peer is a public address that is not known \
         to be a proxy; name it with --trusted-proxy if it is.",
        "{path}: 상대가 프록시로 알려지지 않은 공개 주소여서 요청 {n}건의 forwarded-for를 무시함. 프록시라면 --trusted-proxy로 알려 주십시오.",
    ),
    (
        "`{column}` names the {>what} of {n} of {all} client addresses, as {database} has it ({path}, SHA-256 {sha256}).",
        "`{column}`은 {database}에 따른 클라이언트 주소 {all}개 중 {n}개의 {>what} ({path}, SHA-256 {sha256}).",
    ),
    ("autonomous system", "자율 시스템"),
    ("country", "나라"),
    // Vantages.
    (
        "{n} request was seen at 2 or more vantages ({names}) and counts once",
        "요청 {n}건은 둘 이상의 관측 지점({names})에서 보였고 한 번만 셈",
    ),
    (
        "{n} request was logged by 2 or more sources ({names}) and counts once",
        "요청 {n}건은 둘 이상의 원본({names})에 기록되었고 한 번만 셈",
    ),
    (
        "{n} requests were seen at 2 or more vantages ({names}) and count once",
        "요청 {n}건은 둘 이상의 관측 지점({names})에서 보였고 한 번만 셈",
    ),
    (
        "{n} requests were logged by 2 or more sources ({names}) and count once",
        "요청 {n}건은 둘 이상의 원본({names})에 기록되었고 한 번만 셈",
    ),
    ("basis: {,bases}", "근거: {,bases}"),
    ("{n} by request id", "요청 번호로 {n}건"),
    ("{n} by trace id", "추적 번호로 {n}건"),
    ("{n} by inference", "추론으로 {n}건"),
    ("share of {a} rows linked to the {b} {share} %", "{a}의 행 중 {b}에 연결된 비율 {share} %"),
    (
        "{n} lines tell of requests that another vantage tells of as well, but so alike that none could be matched with its \
         own; they are not counted, so that none counts twice.",
        "{n}줄은 다른 관측 지점에도 있는 요청이지만 서로 너무 닮아 짝을 찾을 수 없음. 두 번 세지 않도록 세지 않음.",
    ),
    (
        "{outer} and {inner} cover no hour together: they are judged apart and never added up.",
        "{outer}와(과) {inner}는(은) 함께 다루는 시간이 없음. 따로 판정하고 더하지 않음.",
    ),
    (
        "{outer} and {inner} could not be linked ({>share}, within the hours that both cover): they are judged apart and \
         never added up.",
        "{outer}와(과) {inner}를(을) 연결할 수 없었음(함께 다루는 시간에 {>share}). 따로 판정하고 더하지 않음.",
    ),
    (
        "requests of these sources were found at no other vantage: {sources}.",
        "다른 관측 지점에서 찾을 수 없었던 원본: {sources}.",
    ),
    (
        "{first} and {second}, both {rank}, tell of the same requests ({share} % of those of {smaller} are in both, {>how}), \
         and each of these counts twice: say where they stand, for instance --vantage '{place}', or leave one out.",
        "{first}와(과) {second}(둘 다 {rank})는 같은 요청을 말함({smaller}의 {share} %가 둘 다에 있음, {>how}). 그 요청은 두 번 세어지니, 어디에 있는지 알려 주거나(예: --vantage '{place}') 하나를 빼십시오.",
    ),
    ("by id", "번호로"),
    ("by paths that were asked for once", "한 번만 요청된 경로로"),
    ("by time, path and status", "시각, 경로, 상태 코드로"),
    (
        "{n} more pairs of sources tell of the same requests and count them twice.",
        "같은 요청을 말해 두 번 세는 원본이 {n}쌍 더 있음.",
    ),
    (
        "clock of {path} agrees with that of the {other} to {s} s, from {n} {>basis}, half of them within {spread} s",
        "{path}의 시계는 {other}의 시계와 {s}초까지 맞음({>basis} {n}건 기준, 절반은 {spread}초 안)",
    ),
    (
        "clock of {path} is {s} s ahead of that of the {other}, from {n} {>basis}, half of them within {spread} s",
        "{path}의 시계는 {other}의 시계보다 {s}초 빠름({>basis} {n}건 기준, 절반은 {spread}초 안)",
    ),
    (
        "clock of {path} is {s} s behind that of the {other}, from {n} {>basis}, half of them within {spread} s",
        "{path}의 시계는 {other}의 시계보다 {s}초 느림({>basis} {n}건 기준, 절반은 {spread}초 안)",
    ),
    ("linked requests", "연결된 요청"),
    ("requests to rarely used paths, inferred", "드물게 쓰이는 경로의 요청(추론)"),
    ("`ts` is left as logged", "`ts`는 기록된 그대로 둠"),
    (
        "that is a zone, not a clock: its times seem to be in {zone}, see --assume-tz '{rule}'.",
        "이것은 시계가 아니라 시간대임. 시각이 {zone}인 듯함(--assume-tz '{rule}' 참고).",
    ),
    (
        "that looks like a zone ({by}) rather than a clock, see --assume-tz '{rule}'.",
        "시계가 아니라 시간대({by})로 보임(--assume-tz '{rule}' 참고).",
    ),
    (
        "that is a zone, not a clock: its times seem to be {by} from {assumed}, see --assume-tz '{rule}'.",
        "이것은 시계가 아니라 시간대임. 시각이 {assumed}에서 {by}인 듯함(--assume-tz '{rule}' 참고).",
    ),
    (
        "that looks like a zone ({by}) written wrongly by the logging host rather than a clock.",
        "시계가 아니라 기록한 호스트가 잘못 적은 시간대({by})로 보임.",
    ),
];
