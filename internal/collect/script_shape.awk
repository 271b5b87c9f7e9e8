# shape.awk: what leaves a host is told by its shape (see shape.go, which is the same).
function load(list, into,    w, n, i) { n = split(list, w, " "); for (i = 1; i <= n; i++) into[w[i]] = 1 }
function cut(s, sep,    i) { i = index(s, sep); return i ? substr(s, 1, i - 1) : s }
function behind(s, sep,    i) { i = index(s, sep); return i ? substr(s, i + length(sep)) : "" }
function is_number(s) { return length(s) <= 16 && length(cut(s, ".")) <= 12 && s ~ /^-?[0-9]+(\.[0-9]+)?[a-zA-Z%]?[a-zA-Z]?$/ }
function is_address(s) {
  if (length(s) <= 24 && s ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(:[0-9]+)?(\/[0-9]+)?$/) return 1
  if (s ~ /\]:[0-9]+$/) sub(/:[0-9]+$/, "", s)
  if (length(s) > 64 || s !~ /^\[?[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*(%[a-z0-9]+)?\]?(\/[0-9]+)?$/) return 0
  return cut(s, "%") !~ /[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]/
}
function is_host(s,    n, i, p) {
  if (length(s) > 128 || s !~ /^[A-Za-z0-9_*.-]+(:[0-9]+)?$/) return 0
  n = split(cut(s, ":"), p, ".")
  for (i = 1; i <= n; i++) if (length(p[i]) > 31) return 0
  return 1
}
function clean_segment(s) {
  if (length(s) <= 24 && s ~ /^[A-Za-z._~*@-]*$/ || length(s) <= 6 && s ~ /^[0-9]+$/ || length(s) <= 7 && s ~ /^[A-Za-z0-9._~*@-]*$/) return s
  return "_"
}
function no_variables(s) { gsub(/\$[a-z0-9_]+|\$\{[a-z0-9_]+\}|\$[0-9]/, "", s); return s }
function is_marks(s) { return s ~ /^[][ ,.:;=~!<>()|\/+^*?&#'"-]*$/ }
function clean_path(s,    asked, query, n, p, i, out) {
  asked = index(s, "?"); query = behind(s, "?"); s = cut(s, "?")
  n = split(s, p, "/"); out = n ? clean_segment(p[1]) : ""
  for (i = 2; i <= n; i++) out = out "/" clean_segment(p[i])
  if (asked) out = out "?" (is_marks(no_variables(query)) ? query : "_")
  return out
}
function clean_variable_path(s) { return is_marks(no_variables(s)) ? s : clean_path(s) }
function is_host_rest(s) { return is_marks(s) || is_host(s) }
function clean_url(s,    scheme, rest, sock, i, host, path, bare) {
  if (!match(s, /^[a-z]+:\/\//)) return "_"
  scheme = substr(s, 1, RLENGTH); rest = substr(s, RLENGTH + 1)
  if (rest ~ /^unix:/) {
    rest = cut(rest, "?"); sub(/^unix:/, "", rest); sock = cut(rest, ":")
    if (("unix:" sock) !~ /^unix:[A-Za-z0-9\/._@-]*:?$/) return "_"
    return scheme "unix:" sock (index(rest, ":") ? ":" clean_path(behind(rest, ":")) : "")
  }
  i = match(rest, /[\/?]/); if (!i) i = length(rest) + 1
  host = substr(rest, 1, i - 1); path = substr(rest, i)
  while (index(host, "@")) host = behind(host, "@")
  bare = no_variables(host)
  if (!is_address(host) && !is_host(host) && (bare == host || !is_host_rest(bare))) host = "_"
  return scheme host clean_variable_path(path)
}
function is_numbered(s,    name, value) {
  if (!index(s, "=")) return 0
  name = cut(s, "="); value = behind(s, "=")
  return (name == "max-age" || name == "timeout" || name == "max" || name == "q") && length(value) <= 9 && is_number(value)
}
function is_safe(s,    bare, n, w, i, x) {
  bare = no_variables(s)
  if (is_marks(bare)) return 1
  n = split(bare, w, /[ ,;()|]+/)
  for (i = 1; i <= n; i++) {
    x = w[i]; gsub(/^["']+|["']+$/, "", x)
    if (x == "" && w[i] == "") continue
    if (!(tolower(x) in SAFE) && !is_address(x) && !(length(x) <= 9 && is_number(x)) && x !~ /^(http|https):\/\/[A-Za-z0-9.:-]*(\/[a-z\/._-]*)?$/ && !is_numbered(x)) return 0
  }
  return 1
}
