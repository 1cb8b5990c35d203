//! Every word of a report that does not come from the logs or the rules, in both languages.
//!
//! A word cannot be there in one language only: the table below makes the enum.

pub use crate::words::Lang;

crate::words::table! {
    Title => "Incident report from gateway logs", "게이트웨이 로그 침해 분석 보고서";
    Summary => "Summary", "요약";
    Covers => "The logs cover {0} to {1}.", "로그 범위: {0} ~ {1}.";
    NoTimes => "The logs state no times.", "로그에 시각이 없습니다.";
    Counted => "Findings: {0}; incidents: {1}; the worst level is {2}.", "탐지 결과 {0}건, 사건 {1}건. 가장 높은 등급은 {2}.";
    NothingFound => "No finding. That says only what the rules below could judge in these hours.", "탐지 결과가 없습니다. 아래 규칙이 이 시간대에서 판정할 수 있었던 것만 뜻합니다.";
    Reached => "What the answers amount to: {0}.", "응답으로 본 결과: {0}.";
    Judged => "{0} of {1} rules could be judged with these logs; the others are listed with the reason.", "이 로그로 판정할 수 있는 규칙은 {1}개 중 {0}개입니다. 나머지는 이유와 함께 적었습니다.";
    Affected => "Answered with data: {0} distinct objects in {1} requests, {2}.", "데이터가 응답된 객체 {0}개, 요청 {1}건, {2}.";
    LogsShow => "Logs show answers that were given, not what became of them. An address or an account is not a person.", "로그는 응답이 나갔다는 사실을 보여 줄 뿐, 그 뒤의 일은 보여 주지 않습니다. 주소나 계정은 사람이 아닙니다.";
    IncidentTimeline => "Timeline", "사건 경과";
    Time => "Time", "시각";
    Event => "Event", "내용";
    Level => "Level", "등급";
    Finding => "Finding", "탐지 결과";
    Findings => "Findings", "탐지 결과";
    Incident => "Incident", "사건";
    FirstEvidence => "first evidence", "첫 증거";
    LastEvidence => "last evidence", "마지막 증거";
    Rule => "Rule", "규칙";
    Confidence => "Confidence", "확신도";
    Outcome => "Outcome", "결과";
    Period => "Period", "기간";
    Why => "Why it was found", "탐지 근거";
    RuledOut => "Look-alikes that were ruled out", "배제된 무해한 상황";
    StillOpen => "Look-alikes that stay open", "배제되지 않은 무해한 상황";
    Measured => "Measured", "측정값";
    Measure => "Measure", "측정 항목";
    Value => "Value", "값";
    Threshold => "Threshold", "기준";
    Others => "Others (median, 99th percentile)", "비교 대상 (중앙값, 99백분위)";
    Involved => "Who and what is involved", "관련 대상";
    Kind => "Kind", "종류";
    Part => "Part", "역할";
    Basis => "Basis", "근거";
    AtLeast => "at least {0}", "최소 {0}";
    Between => "{0} to {1}", "{0} ~ {1}";
    AndMore => "and {0} more", "외 {0}건";
    Blast => "What was answered", "응답된 범위";
    Objects => "Distinct objects", "서로 다른 객체";
    Subjects => "Data subjects", "정보주체";
    Bytes => "Bytes answered", "응답 바이트";
    Evidence => "Evidence", "증거";
    EvidenceCounted => "{0} lines; the first and the last of them:", "증거 {0}줄. 처음과 마지막:";
    Line => "Line", "줄";
    Text => "Text (secrets and people masked)", "본문 (비밀 값과 개인은 가림)";
    InnocentIf => "Innocent if", "다음이면 정상";
    NextSteps => "Next steps", "다음 조치";
    ModelledOn => "Modelled on the documented incident: {0}. That says nothing about that company's logs.", "공개된 사건 {0}을 본떠 만든 규칙입니다. 그 회사의 로그가 그랬다는 뜻이 아닙니다.";
    NotEvaluable => "What could not be judged, and why", "판정하지 못한 것과 이유";
    AllJudged => "Every rule could be judged.", "모든 규칙을 판정했습니다.";
    Missing => "Missing", "없는 항목";
    Reason => "Reason", "이유";
    Assumptions => "Assumptions and limits", "가정과 한계";
    Gaps => "Hours without records", "기록이 없는 시간";
    From => "From", "시작";
    Until => "Until", "끝";
    Expected => "Left out as expected by the analyst", "분석가가 정상으로 지정해 제외한 것";
    Requests => "Requests", "요청";
    Coverage => "Coverage of risk catalogues", "위험 목록 대비 범위";
    CoverageNote => "Rules that speak of each entry. None means that no rule looks for it here.", "각 항목을 다루는 규칙 수입니다. 0은 여기서 그 항목을 찾는 규칙이 없다는 뜻입니다.";
    Catalogue => "Entry", "항목";
    RulesFired => "Fired", "탐지";
    RulesSilent => "Judged, nothing found", "판정, 해당 없음";
    RulesBlind => "Could not be judged", "판정 불가";
    RiskTable => "Korean open-API risk table", "금융권 오픈 API 위험 구분";
    EndUser => "End user", "이용자";
    ClientOrganisation => "Client organisation", "이용기관";
    OperatingInstitution => "Operating institution", "운영기관";
    Notification => "Facts for a notification", "신고·통지를 위한 사실";
    NotificationNote => "What the logs say to the questions that authorities ask. Blanks are for the analyst; no legal conclusion and no deadline follows from this page.", "감독기관이 묻는 항목에 대해 로그가 말하는 것입니다. 빈칸은 분석가가 채웁니다. 이 페이지는 법적 판단이나 기한을 담지 않습니다.";
    Question => "Question", "항목";
    Answer => "From the logs", "로그에서 확인된 것";
    Blank => "to be filled in by the analyst", "분석가가 기입";
    Awareness => "When the organisation became aware", "인지 시점";
    Occurred => "When it happened", "발생 기간";
    RouteAndCause => "Endpoints and patterns", "경로와 유형";
    AndEndpoints => "(and {0} more that gave no data)", "(외 데이터를 주지 않은 경로 {0}개)";
    Cause => "Cause", "원인";
    DataItems => "Data items by category", "유형별 정보 항목";
    SubjectsConfirmed => "Subjects, no fewer than", "정보주체, 최소";
    SubjectsPossible => "Subjects, no more than", "정보주체, 최대";
    Unbounded => "nothing in the logs bounds it", "로그로는 상한을 알 수 없음";
    RecordsCounted => "Records", "기록 건수";
    Integrity => "Requests that change data, answered with success", "데이터 변경 요청 중 성공한 것";
    MeasuresTaken => "Measures taken", "조치 사항";
    Contact => "Contact for data subjects", "정보주체 문의처";
    Difference => "Since the last notification", "직전 신고 이후 변동";
    Before => "Before", "이전";
    Now => "Now", "현재";
    Method => "Method", "방법";
    MethodText => "Logs were read in place and not changed. Every source was hashed as stored, every record became a row, a reject or a named skip, and rules were judged over all rows. A bundle made by `breachline export` with the same logs holds every line cited here with its SHA-256; `breachline verify` checks it.", "로그는 원래 위치에서 읽었고 바꾸지 않았습니다. 모든 원본을 저장된 그대로 해시했고, 모든 기록은 행, 거부, 이름 있는 건너뜀 중 하나가 되었으며, 규칙은 모든 행에 대해 판정했습니다. 같은 로그로 만든 `breachline export` 묶음에는 여기 인용된 모든 줄이 SHA-256과 함께 들어 있고, `breachline verify`가 검사합니다.";
    TakenIn => "How the logs came into the case", "로그가 케이스에 들어온 경위";
    Person => "By", "담당";
    Collected => "Collected by, where, how, when", "수집자, 수집처, 방법, 시각";
    HashesFit => "{1} files have the SHA-256 of {0}", "파일 {1}개의 SHA-256이 {0}와 같음";
    HashesAbsent => "{0} on the list were not given", "목록에 있으나 받지 못한 파일 {0}개";
    Chain => "Chain of custody", "보관 이력";
    ChainNote => "Entries of the case's custody log; each holds the hash of the one before.", "케이스의 보관 이력 항목입니다. 각 항목은 앞 항목의 해시를 담고 있습니다.";
    Act => "What was done", "한 일";
    ActIngested => "logs were taken into the case", "로그를 케이스에 넣음";
    ActExported => "an evidence bundle was made", "증거 묶음을 만듦";
    ActReported => "a report was made", "보고서를 만듦";
    Entry => "Entry", "항목";
    Custody => "Sources", "원본";
    Source => "Source", "원본";
    Format => "Format", "형식";
    Zone => "Zone", "시간대";
    Rows => "Rows", "행";
    Rejects => "Rejects", "거부";
    Skips => "Skips", "건너뜀";
    Made => "Made with breachline {0}, {1}.", "breachline {0}로 작성, {1}.";
    Options => "Options", "옵션";
    DrawingTime => "Requests of the evidence over time, by answer", "시간에 따른 증거 요청 (응답별)";
    DrawingIds => "Objects asked for, in order of time", "시간 순으로 요청된 객체";
    DrawingMeasures => "Measured values against threshold and others", "측정값과 기준, 비교 대상";
    Undetermined => "undetermined", "판단 불가";
    Attempted => "attempted", "시도";
    Denied => "denied", "거부됨";
    Answered => "answered", "응답됨";
    DataReturnedLikely => "data was likely returned", "데이터가 응답되었을 가능성이 높음";
    Informational => "informational", "정보";
    Low => "low", "낮음";
    Medium => "medium", "중간";
    High => "high", "높음";
    Critical => "critical", "심각";
    SuspectedSource => "suspected source", "의심되는 주체";
    Victim => "victim", "피해자";
    Instrument => "instrument", "수단";
    Shared => "shared", "여럿이 함께 씀";
    AffectedPart => "affected", "영향받음";
    Hit => "answered", "응답";
    Miss => "not found", "없음";
    Refused => "refused", "거부";
    Other => "other", "기타";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_everything_and_fill_in_the_same() {
        assert!(Word::ALL.len() > 90);
        for word in Word::ALL {
            crate::words::check(&format!("{word:?}"), word.text(Lang::En), word.text(Lang::Ko));
        }
    }

    #[test]
    fn places_are_filled_in_by_number() {
        assert_eq!(
            Word::Judged.fill(Lang::En, &["38", "41"]),
            "38 of 41 rules could be judged with these logs; the others are listed with the reason."
        );
        assert!(Word::Judged.fill(Lang::Ko, &["38", "41"]).contains("41개 중 38개"));
        assert_eq!(Word::AndMore.fill(Lang::En, &["{1}"]), "and {1} more");
    }
}
