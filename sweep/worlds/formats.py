"""Writers of log formats. Each turns a request into the lines that the product of that name would write."""
import json
import time
from urllib.parse import quote

from core import stamp

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def target(event):
    return event["path"] + (f"?{event['query']}" if event.get("query") else "")


def iso(ts, digits=3):
    whole = int(ts)
    part = int((ts - whole) * 10 ** digits)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + (f".{part:0{digits}d}" if digits else "") + "Z"


def clf(ts, zone):
    t = time.gmtime(int(ts) + zone)
    sign = "-" if zone < 0 else "+"
    hours, minutes = divmod(abs(zone) // 60, 60)
    return f"{t.tm_mday:02}/{MONTHS[t.tm_mon - 1]}/{t.tm_year}:{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} {sign}{hours:02}{minutes:02}"


class W3c:
    """IIS: UTC, whole seconds, header lines again each day."""

    FIELDS = ("date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
              "sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken")

    def lines(self, e, w, last):
        t = time.gmtime(int(e["ts"]))
        day = time.strftime("%Y-%m-%d", t)
        if last is None or time.strftime("%Y-%m-%d", time.gmtime(int(last["ts"]))) != day:
            yield "#Software: Microsoft Internet Information Services 10.0"
            yield "#Version: 1.0"
            yield f"#Date: {day} {time.strftime('%H:%M:%S', t)}"
            yield f"#Fields: {self.FIELDS}"
        plus = lambda text: text.replace(" ", "+") if text else "-"
        sub = {401: "5 0", 404: "0 2"}.get(e["status"], "0 0")
        yield (f"{day} {time.strftime('%H:%M:%S', t)} 10.20.0.14 {e['method']} {e['path']} {e.get('query') or '-'} 443 "
               f"{e.get('who') or '-'} {e['ip']} {plus(e.get('ua'))} {plus(e.get('ref'))} {e['status']} {sub} "
               f"{e['size']} {e.get('sent') or 412} {e['ms']}")


class Kong:
    """Kong, file-log plugin."""

    def lines(self, e, w, last):
        headers = {"host": w.story.HOST, "user-agent": e.get("ua") or "", "accept": "application/json"}
        if e.get("token"):
            headers["authorization"] = f"Bearer {e['token']}"
        if e.get("app"):
            headers["x-client-id"] = e["app"]
        refused = e["status"] in (401, 429) and not e.get("who")
        record = {
            "request": {"id": w.hexes(8), "method": e["method"], "uri": target(e), "url": f"https://{w.story.HOST}:8443{e['path']}",
                        "size": e.get("sent") or 380, "querystring": {}, "headers": headers},
            "response": {"status": e["status"], "size": e["size"], "headers": {"content-type": "application/json; charset=utf-8"}},
            "latencies": {"kong": 3, "proxy": -1 if refused else e["ms"], "request": e["ms"] + 3},
            "client_ip": e["ip"], "started_at": int(e["ts"] * 1000), "service": {"name": w.story.HOST.split(".")[0]},
        }
        if not refused:
            record["upstream_status"] = str(e["status"])
            record["tries"] = [{"ip": f"10.8.1.{3 + int(e['ts']) % 4}", "port": 8080}]
        if e.get("who"):
            record["consumer"] = {"id": e.get("cred", e["who"]), "username": e["who"]}
            record["authenticated_entity"] = {"id": e.get("cred", e["who"])}
        yield compact(record)


class Envoy:
    """Envoy's default text: no account, no credential."""

    def lines(self, e, w, last):
        flag = "-" if e["status"] < 500 else ("UT" if e["status"] == 504 else "UF" if e["status"] == 503 else "-")
        up = "-" if flag != "-" else str(e["ms"])
        yield (f'[{iso(e["ts"])}] "{e["method"]} {target(e)} HTTP/2" {e["status"]} {flag} {e.get("sent") or 0} {e["size"]} '
               f'{e["ms"] + 1} {up} "{e["ip"]}" "{e.get("ua") or "-"}" "{w.hexes(8)}-c5bf-4e7a-9d21-5a0f77c3be10" "{w.story.HOST}" "10.64.3.{10 + int(e["ts"]) % 6}:8443"')


class Haproxy:
    """HAProxy's httplog, local time without a zone, host and user agent captured."""

    def lines(self, e, w, last):
        t = time.gmtime(int(e["ts"]) + w.zone)
        part = int((e["ts"] % 1) * 1000)
        when = f"{t.tm_mday:02}/{MONTHS[t.tm_mon - 1]}/{t.tm_year}:{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02}.{part:03}"
        server = f"app/sis{1 + int(e['ts'] * 7) % 3}"
        port = 1024 + int(e["ts"] * 1000) % 60000
        agent = (e.get("ua") or "").replace("|", " ")
        address = e["ip"]
        yield (f'{address}:{port} [{when}] publico~ {server} 0/0/1/{e["ms"]}/{e["ms"] + 1} {e["status"]} {e["size"]} '
               f'{e.get("session") and "SESIONID=" + e["session"] or "-"} - ---- 41/40/7/2/0 0/0 {{{w.story.HOST}|{agent}}} '
               f'"{e["method"]} {target(e)} HTTP/1.1"')


class CloudFront:
    """CloudFront's standard log: tabs, UTC, whole seconds."""

    FIELDS = ("date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
              "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken "
              "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
              "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "
              "sc-range-start sc-range-end")

    def lines(self, e, w, last):
        if last is None:
            yield "#Version: 1.0"
            yield f"#Fields: {self.FIELDS}"
        t = time.gmtime(int(e["ts"]))
        result = "Error" if e["status"] >= 400 else ("Hit" if e.get("hit") else "Miss")
        coded = lambda text: quote(text, safe="/:;,=()@+_-.~") if text else "-"
        session = f"mk_sid={e['session']}" if e.get("session") else "-"
        yield "\t".join([
            time.strftime("%Y-%m-%d", t), time.strftime("%H:%M:%S", t), "MAD53-P2", str(e["size"] + 380), e["ip"], e["method"],
            "d3k1example.cloudfront.net", e["path"], str(e["status"]), coded(e.get("ref")), coded(e.get("ua")),
            e.get("query") or "-", session, result, w.base62(9) + "Wq0aVt7rYb3oJx2mKc5nLd8pZe1sGf4hUi6==", w.story.HOST, "https", str(e.get("sent") or 240),
            f"{e['ms'] / 1000:.3f}", "-", "TLSv1.3", "TLS_AES_128_GCM_SHA256", result, "HTTP/2.0", "-", "-",
            str(1024 + int(e["ts"] * 1000) % 60000), f"{e['ms'] / 1000:.3f}", result, e.get("type") or "application/json",
            str(e["size"]), "-", "-"])


class NginxJson:
    """nginx, log_format in JSON with claims of the token."""

    def lines(self, e, w, last):
        t = time.gmtime(int(e["ts"]) + w.zone)
        sign = "-" if w.zone < 0 else "+"
        record = {
            "time_iso8601": time.strftime("%Y-%m-%dT%H:%M:%S", t) + f"{sign}{abs(w.zone) // 3600:02}:00",
            "msec": round(e["ts"], 3), "remote_addr": e["ip"], "host": w.story.HOST, "request_method": e["method"],
            "request_uri": target(e), "status": e["status"], "body_bytes_sent": e["size"], "request_length": e.get("sent") or 512,
            "request_time": e["ms"] / 1000, "http_referer": e.get("ref") or "", "http_user_agent": e.get("ua") or "",
            "jwt_sub": e.get("who") or "", "token_hash": e.get("cred") or "", "jwt_exp": e.get("exp") or "",
            "upstream_status": str(e["status"]),
        }
        yield compact(record)


class Apache:
    """Apache's combined."""

    def lines(self, e, w, last):
        size = e["size"] if e["size"] else "-"
        agent = (e.get("ua") or "-").replace('"', '\\"')
        yield (f'{e["ip"]} - {e.get("who") or "-"} [{clf(e["ts"], w.zone)}] "{e["method"]} {target(e)} HTTP/1.1" {e["status"]} {size} '
               f'"{e.get("ref") or "-"}" "{agent}"')


class NginxCombined:
    """nginx's combined."""

    def lines(self, e, w, last):
        yield (f'{e["ip"]} - {e.get("who") or "-"} [{clf(e["ts"], w.zone)}] "{e["method"]} {target(e)} HTTP/2.0" {e["status"]} {e["size"]} '
               f'"{e.get("ref") or "-"}" "{e.get("ua") or "-"}"')


class Traefik:
    """Traefik, JSON, with the key's fingerprint kept as a header."""

    def lines(self, e, w, last):
        record = {
            "ClientAddr": f"{e['ip']}:{1024 + int(e['ts'] * 1000) % 60000}", "ClientHost": e["ip"],
            "ClientUsername": e.get("who") or "-", "DownstreamContentSize": e["size"], "DownstreamStatus": e["status"],
            "Duration": e["ms"] * 1_000_000 + int(e["ts"] * 1e6) % 1_000_000, "OriginStatus": e["status"],
            "RequestContentSize": e.get("sent") or 0, "RequestHost": w.story.HOST, "RequestMethod": e["method"],
            "RequestPath": target(e), "RequestProtocol": "HTTP/2.0", "RouterName": "carga@file", "ServiceAddr": "10.3.0.9:9000",
            "StartUTC": iso(e["ts"], 9), "level": "info", "msg": "", "request_User-Agent": e.get("ua") or "",
            "time": iso(e["ts"], 0),
        }
        if e.get("key"):
            record["request_X-Api-Key"] = e["key"]
        yield compact(record)


class Caddy:
    """Caddy, JSON."""

    def lines(self, e, w, last):
        headers = {"User-Agent": [e.get("ua") or ""]}
        if e.get("token"):
            headers["Authorization"] = [f"Bearer {e['token']}"]
        if e.get("ref"):
            headers["Referer"] = [e["ref"]]
        yield compact({
            "level": "info", "ts": round(e["ts"], 6), "logger": "http.log.access.log0", "msg": "handled request",
            "request": {"remote_ip": e["ip"], "remote_port": str(1024 + int(e["ts"] * 1000) % 60000), "proto": "HTTP/2.0",
                        "method": e["method"], "host": w.story.HOST, "uri": target(e), "headers": headers},
            "bytes_read": e.get("sent") or 0, "user_id": e.get("who") or "", "duration": round(e["ms"] / 1000, 6),
            "size": e["size"], "status": e["status"], "resp_headers": {"Content-Type": ["application/json"]}})


class Ecs:
    """Elastic Common Schema, nested."""

    def lines(self, e, w, last):
        record = {
            "@timestamp": iso(e["ts"]), "ecs": {"version": "8.11.0"},
            "event": {"duration": e["ms"] * 1_000_000, "outcome": "success" if e["status"] < 400 else "failure"},
            "source": {"ip": e["ip"]}, "url": {"domain": w.story.HOST, "path": e["path"]},
            "http": {"request": {"method": e["method"], "bytes": e.get("sent") or 300, "id": w.hexes(16)},
                     "response": {"status_code": e["status"], "body": {"bytes": e["size"]}}},
            "user_agent": {"original": e.get("ua") or ""},
        }
        if e.get("query"):
            record["url"]["query"] = e["query"]
        if e.get("who"):
            record["user"] = {"id": e["who"]}
        if e.get("session"):
            record["session"] = {"id": e["session"]}
        if e.get("token"):
            record["http"]["request"]["headers"] = {"authorization": f"Bearer {e['token']}"}
        yield compact(record)


class Alb:
    """AWS application load balancer."""

    def lines(self, e, w, last):
        port = 1024 + int(e["ts"] * 1000) % 60000
        url = f"https://{w.story.HOST}:443{target(e)}"
        yield (f'h2 {iso(e["ts"], 6)} app/edge/6d0ecf831eec9f09 {e["ip"]}:{port} 10.0.7.4:8080 0.001 {e["ms"] / 1000:.3f} 0.000 '
               f'{e["status"]} {e["status"]} {e.get("sent") or 220} {e["size"]} "{e["method"]} {url} HTTP/2.0" "{e.get("ua") or "-"}" '
               f'ECDHE-RSA-AES128-GCM-SHA256 TLSv1.3 arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/t/73e2d6bc24d8a067 '
               f'"Root=1-{int(e["ts"]):x}-5d7a90c1b3e24f68{w.hexes(8)}" "{w.story.HOST}" "arn:aws:acm:x" 1 {iso(e["ts"], 6)} '
               f'"{"waf,forward"}" "-" "-" "10.0.7.4:8080" "{e["status"]}" "-" "-"')


class ApacheCommon:
    """The common format, as WebtoB writes it too: no client, no page before."""

    def lines(self, e, w, last):
        yield (f'{e["ip"]} - {e.get("who") or "-"} [{clf(e["ts"], w.zone)}] "{e["method"]} {target(e)} HTTP/1.1" {e["status"]} '
               f'{e["size"] if e["size"] else "-"}')


class ApacheVhost:
    """Apache's combined with the virtual host in front; sizes with the headers."""

    def lines(self, e, w, last):
        yield (f'{e.get("host") or w.story.HOST}:443 {e["ip"]} - {e.get("who") or "-"} [{clf(e["ts"], w.zone)}] '
               f'"{e["method"]} {target(e)} HTTP/1.1" {e["status"]} {e["size"] + 318} "{e.get("ref") or "-"}" "{e.get("ua") or "-"}"')


class ApiGateway:
    """AWS API Gateway, JSON: all values are text, no query, the authoriser's principal and token."""

    def lines(self, e, w, last):
        record = {
            "requestId": w.hexes(8), "ip": e["ip"], "requestTimeEpoch": str(int(e["ts"] * 1000)), "httpMethod": e["method"],
            "path": e["path"], "protocol": "HTTP/1.1", "status": str(e["status"]), "responseLength": str(e["size"]),
            "responseLatency": str(e["ms"]), "domainName": w.story.HOST, "apiKeyId": e.get("key") or "-",
            "principalId": e.get("who") or "-", "jti": e.get("cred") or "-", "userAgent": e.get("ua") or "-",
        }
        yield compact(record)


class EnvoyJson:
    """Envoy at the edge, JSON, with the claim `sub` of the token where there is one."""

    def lines(self, e, w, last):
        flag = {503: "UF", 504: "UT", 429: "RL"}.get(e["status"], "-")
        record = {
            "start_time": iso(e["ts"]), "method": e["method"], "path": target(e), "protocol": "HTTP/2", "response_code": e["status"],
            "response_flags": flag, "bytes_received": e.get("sent") or 0, "bytes_sent": e["size"], "duration": e["ms"],
            "downstream_remote_address": f"{e['ip']}:{1024 + int(e['ts'] * 1000) % 60000}", "user-agent": e.get("ua"),
            "x-request-id": w.hexes(8), ":authority": w.story.HOST, "jwt_sub": e.get("who"),
            "upstream_host": f"10.40.2.{10 + int(e['ts']) % 5}:4000",
        }
        yield compact(record)


class ApiManagement:
    """Azure API Management, GatewayLogs: subscription, product and user, no client."""

    def lines(self, e, w, last):
        properties = {
            "method": e["method"], "url": f"https://{w.story.HOST}{target(e)}", "responseCode": e["status"],
            "responseSize": e["size"], "requestSize": e.get("sent") or 0, "cache": "hit" if e.get("hit") else "none",
            "apiId": e.get("api") or "v3",
        }
        if e["status"] not in (401, 429):
            properties["backendResponseCode"] = e["status"]
        if e.get("cred"):
            properties["productId"] = e["app"]
            properties["apimSubscriptionId"] = e["cred"]
            properties["userId"] = e["who"]
        else:
            properties["lastError"] = {"reason": "SubscriptionKeyNotFound"} if e["status"] == 401 else {}
        yield compact({
            "time": iso(e["ts"], 7), "category": "GatewayLogs", "operationName": "Microsoft.ApiManagement/GatewayLogs",
            "durationMs": e["ms"], "callerIpAddress": e["ip"], "correlationId": w.hexes(10), "properties": properties})


class Cloudflare:
    """Cloudflare's Logpush, http_requests, times as its default; the cookie is kept by a custom field."""

    def lines(self, e, w, last):
        blocked = e["status"] in (403, 429) and not e.get("origin", True)
        record = {
            "ClientIP": e["ip"], "ClientCountry": e.get("country") or self.country(e, w), "ClientRequestHost": w.story.HOST,
            "ClientRequestMethod": e["method"], "ClientRequestURI": target(e), "ClientRequestPath": e["path"],
            "ClientRequestReferer": e.get("ref") or "", "ClientRequestUserAgent": e.get("ua") or "",
            "ClientRequestBytes": e.get("sent") or 190, "EdgeStartTimestamp": iso(e["ts"], 0), "EdgeResponseStatus": e["status"],
            "EdgeResponseBytes": e["size"], "CacheCacheStatus": e.get("cache") or "dynamic",
            "OriginResponseStatus": 0 if blocked or e.get("cache") == "hit" else e["status"],
            "OriginResponseDurationMs": 0 if blocked or e.get("cache") == "hit" else e["ms"],
            "SecurityAction": "block" if blocked else "", "RayID": w.hexes(8) + "aee41b07",
        }
        if e.get("session"):
            record["RequestHeaders"] = {"cookie": f"kx_sid={e['session']}"}
        yield compact(record)

    @staticmethod
    def country(e, w):
        """One of the story's countries, the same for all addresses of a network."""
        net = e["ip"].split(".")[:3]
        return w.story.COUNTRIES[sum(int(part) for part in net) % len(w.story.COUNTRIES)]


class Apisix:
    """APISIX, file-logger: the consumer, and the headers as they came."""

    def lines(self, e, w, last):
        headers = {"host": w.story.HOST, "user-agent": e.get("ua") or ""}
        if e.get("token"):
            headers["authorization"] = f"Bearer {e['token']}"
        if e.get("forwarded"):
            headers["x-forwarded-for"] = e["forwarded"]
        record = {
            "start_time": int(e["ts"] * 1000), "latency": e["ms"] + 1.5, "apisix_latency": 1.5, "upstream_latency": e["ms"],
            "client_ip": e["ip"], "route_id": e["path"].split("/")[2] if e["path"].count("/") > 1 else "root",
            "request": {"method": e["method"], "uri": target(e), "size": e.get("sent") or 310, "headers": headers},
            "response": {"status": e["status"], "size": e["size"], "headers": {"content-type": "application/json"}},
            "upstream": f"10.30.4.{2 + int(e['ts']) % 5}:8080",
        }
        if e.get("who"):
            record["consumer"] = {"username": e["who"]}
        yield compact(record)


WRITERS = {"w3c": W3c, "kong": Kong, "envoy": Envoy, "haproxy-http": Haproxy, "aws-cloudfront": CloudFront, "nginx-json": NginxJson,
           "apache-combined": Apache, "nginx-combined": NginxCombined, "traefik-json": Traefik, "caddy": Caddy, "ecs-json": Ecs,
           "aws-alb": Alb, "apache-common": ApacheCommon, "apache-vhost-combined": ApacheVhost, "aws-apigateway-json": ApiGateway,
           "envoy-json": EnvoyJson, "azure-api-management": ApiManagement, "cloudflare": Cloudflare, "apisix": Apisix}
