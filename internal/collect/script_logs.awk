# logs.awk: lines of nginx's logs without what may be a secret (see clean_access.go and
# clean_error.go, clean_backend.go). MODE is "access", "error" or "backend".
BEGIN {
  load(SAFE_WORDS, SAFE); load(UPSTREAMS, UP)
  nb = split(ERROR_BEGINS, BEGINS, "|"); nm = split(ERROR_MARKS, MARKS, "|"); nt = split(BACKEND_TEXTS, TEXTS, "|")
}
MODE == "backend" { print backend_line($0) }
MODE == "access" { print access_line($0) }
MODE == "error" { print error_line($0) }
function access_line(s,    out) {
  json = substr(s, 1, 1) == "{"; out = ""; left = s
  while (left != "") out = out access_next()
  return out
}
function access_next(    c, i, n, inner, closed) {
  c = substr(left, 1, 1)
  if (index(" \t,{}():", c)) { left = substr(left, 2); return c }
  if (c == "\"") {
    for (i = 2; i <= length(left) && substr(left, i, 1) != "\""; i++) if (substr(left, i, 1) == "\\") i++
    if (i > length(left) + 1) i = length(left) + 1
    inner = substr(left, 2, i - 2); closed = i <= length(left) ? "\"" : ""
    left = substr(left, i + length(closed))
    if (json && substr(left, 1, 1) == ":") return (length(inner) <= 32 && inner ~ /^[a-z_]+$/ && inner !~ SECRET) ? "\"" inner closed : "\"-" closed
    return "\"" access_quoted(inner) closed
  }
  if (json) { if (!match(left, /[ \t",}]/)) RSTART = length(left) + 1 }
  else if (!match(left, /[ \t"]/)) RSTART = length(left) + 1
  n = RSTART; inner = substr(left, 1, n - 1); left = substr(left, n)
  return access_word(inner)
}
function is_protocol(s) { return s ~ /^HTTP\/[0-9](\.[0-9])?$/ }
function request_line(s,    n, f) {
  n = split(s, f, / /)
  if (n == 3 && is_protocol(f[3]) && length(f[1]) <= 10 && f[1] ~ /^[A-Z]+$/) return f[1] " " clean_target(f[2]) " " f[3]
  return ""
}
function clean_target(s) { return s ~ /^[a-z]+:\/\// ? clean_url(s) : clean_path(s) }
function access_quoted(s,    n, f, i, r) {
  r = request_line(s)
  if (r != "") return r
  if (s ~ /^\//) return clean_path(s)
  n = split(s, f, / /)
  for (i = 1; i <= n; i++) if (access_word(f[i]) != f[i]) return "-"
  return s
}
function access_word(s,    bare, name, v, n) {
  bare = s; sub(/[,;]+$/, "", bare)
  if (bare == "" || bare == "-" || bare == ":" || (bare in UP) || is_number(bare) || is_address(bare) || bare ~ /^unix:[A-Za-z0-9\/._@-]*:?$/ || (tolower(bare) in SAFE) || is_protocol(bare)) return s
  if (length(bare) <= 32 && (bare ~ /^[0-9-]+T[0-9:.]+([+-][0-9:]+|Z)?$/ || bare ~ /^\[[0-9][0-9]\/[A-Z][a-z][a-z]\/[0-9][0-9][0-9][0-9]:[0-9:]+$/ || bare ~ /^[+-][0-9][0-9][0-9][0-9]\]$/)) return s
  n = length(bare)
  if (n > 1 && substr(bare, 1, 1) == "[") return "[" access_word(substr(bare, 2)) substr(s, n + 1)
  if (n > 1 && substr(bare, n) == "]") return access_word(substr(bare, 1, n - 1)) "]" substr(s, n + 1)
  if (index(bare, "=")) {
    name = cut(bare, "="); v = behind(bare, "=")
    if (length(name) <= 24 && name ~ /^[a-z_]+$/ && name !~ SECRET) return (v == "" || !index(v, "=") && access_word(v) == v) ? s : name "=-"
  }
  return "-"
}
function error_line(s,    head, body, about, i, j) {
  if (!match(s, /^[0-9][0-9][0-9][0-9]\/[0-9][0-9]\/[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9] \[[a-z]+\] [0-9]+#[0-9]+: (\*[0-9]+ )?/)) return ""
  head = substr(s, 1, RLENGTH); s = substr(s, RLENGTH + 1); body = s
  for (i = 1; i <= nm; i++) { j = index(body, MARKS[i]); if (j) body = substr(body, 1, j - 1) }
  about = substr(s, length(body) + 1)
  return head error_body(body) error_about(about)
}
function error_body(s,    i, known, n, f, out, t, phase) {
  if (s ~ /^FastCGI sent in stderr/) {
    phase = ""
    for (t = s; i = index(t, "\" while "); t = substr(t, i + 1)) phase = substr(t, i + 1)
    if (length(phase) > 81 || substr(phase, 2) !~ /^while [a-z ,]+$/) phase = ""
    return "FastCGI sent in stderr: \"-\"" phase
  }
  known = index(s, " worker_connections are not enough") || index(s, " could not be resolved (")
  for (i = 1; i <= nb && !known; i++) known = substr(s, 1, length(BEGINS[i])) == BEGINS[i]
  if (!known) return "-"
  n = split(s, f, / /); out = body_word(f[1])
  for (i = 2; i <= n; i++) out = out " " body_word(f[i])
  return out
}
function put(w, bare, new,    i) { i = index(w, bare); return substr(w, 1, i - 1) new substr(w, i + length(bare)) }
function body_word(w,    bare) {
  bare = w; gsub(/^[",()]+|[",()]+$/, "", bare)
  if (bare ~ /^\//) return put(w, bare, clean_path(bare))
  if (bare ~ /^[a-z]+:\/\//) return put(w, bare, clean_url(bare))
  if (length(w) <= 48 && w ~ /^[A-Za-z0-9():,."#\/_*;-]*$/ || is_address(bare) || bare ~ /^unix:[A-Za-z0-9\/._@-]*:?$/) return w
  return "_"
}
function error_about(s,    i, j, k, rest, e, v, out) {
  out = ""
  for (i = 1; i <= nm; i++) {
    if (substr(s, 1, length(MARKS[i])) != MARKS[i]) continue
    rest = substr(s, length(MARKS[i]) + 1); e = length(rest)
    for (k = i + 1; k <= nm; k++) { j = index(rest, MARKS[k]); if (j && j - 1 < e) e = j - 1 }
    v = substr(rest, 1, e); sub(/"$/, "", v); s = substr(rest, e + 1)
    out = out MARKS[i] error_value(i, v) (MARKS[i] ~ /"$/ ? "\"" : "")
  }
  return out
}
function error_value(i, v,    r) {
  if (i == 1) return (is_address(v) || v ~ /^unix:[A-Za-z0-9\/._@-]*:?$/) ? v : "-"
  if (i == 2 || i == 6) return (is_host(v) || is_address(v)) ? v : "-"
  if (i == 3) { r = request_line(v); return r == "" ? "-" : r }
  if (i == 4) return clean_path(v)
  if (i == 5) return is_host(v) ? v : clean_url(v)
  return "-"
}
function backend_line(s,    i, t, head) {
  for (i = 1; i <= nt; i++) {
    split(TEXTS[i], t, "~")
    if (!index(s, t[1]) || t[2] != "" && !index(s, t[2])) continue
    head = substr(s, 1, 120)
    return (match(head, BACKEND_HEAD) ? substr(head, 1, RLENGTH) : "") t[3]
  }
  return ""
}
