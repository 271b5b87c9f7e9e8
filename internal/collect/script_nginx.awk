# nginx.awk: nginx's configuration without what may be a secret (see clean_nginx.go).
# Every word that is written stands where it stood.
BEGIN {
  load(SAFE_WORDS, SAFE); n = split(DIRECTIVES, w, " ")
  for (i = 1; i <= n; i++) AS[cut(w[i], "=")] = behind(w[i], "=")
  TABLE["map"] = TABLE["geo"] = TABLE["split_clients"] = 1
}
{ text = text $0 "\n" }
END { run() }
function words_reset() { nwords = 0 }
function value(i,    s, q) {
  s = word[i]; q = substr(s, 1, 1)
  if (q == "\"" || q == "'") return (length(s) > 1 && substr(s, length(s)) == q) ? substr(s, 2, length(s) - 2) : substr(s, 2)
  return s
}
function clean(around, name, i,    s, row) {
  s = value(i)
  if (s == "") return s
  if (around in TABLE) {
    if (is_safe(s)) return s
    row = "_" (++rows); return length(row) <= length(s) ? row : "_"
  }
  if (around == "types") return (length(s) <= 90 && s ~ /^[a-z0-9.+\/-]+$/) ? s : "_"
  if (i == 1) return (length(s) <= 48 && s ~ /^[a-z][a-z0-9_]*$/) ? s : "_"
  if (!(name in AS)) return "_"
  if (AS[name] == "w") return s
  if (AS[name] == "k") return clean_word(s)
  if (AS[name] == "v") return clean_value(value(2), s, i)
  return is_safe(s) ? s : "_"
}
function clean_value(name, s, i,    low) {
  if (i == 2) return (length(s) <= 48 && s ~ /^[A-Za-z$][A-Za-z0-9_-]*$/) ? s : "_"
  low = tolower(name)
  if (low ~ /auth|cookie|token|secret|pass|key|session|signature|credential/) return is_marks(no_variables(s)) ? s : "_"
  if (is_safe(s) || (low == "host" || low == "x-forwarded-host") && is_host(s)) return s
  return "_"
}
function clean_word(s,    t, r) {
  if (s ~ /^[a-z]+:\/\//) return clean_url(s)
  if (s ~ /^unix:/) return s ~ /^unix:[A-Za-z0-9\/._@-]*:?$/ ? s : "_"
  if (s ~ /^\//) return clean_variable_path(s)
  if (s ~ /^(zone|keys_zone|path|levels|inactive|max_size|use_temp_path)=/) return s
  t = no_variables(s)
  while (match(t, /[A-Za-z0-9+\/=_-]+/)) {
    r = substr(t, RSTART, RLENGTH); t = substr(t, RSTART + RLENGTH)
    if (length(r) >= 24 && r ~ /[0-9]/ && r ~ /[A-Za-z]/) return "_"
  }
  return s
}
# pad writes a word into the place of another, which may hold line ends.
function pad(new, old,    q, i, c, out) {
  q = substr(old, 1, 1)
  if (q == "\"" || q == "'") new = length(old) < 2 ? "" : q new q
  out = new
  for (i = length(new) + 1; i <= length(old); i++) { c = substr(old, i, 1); out = out ((c == "\n" || c == "\r" || c == "\t") ? c : " ") }
  return out
}
function spaces(s) { gsub(/[^\n\r\t]/, " ", s); return s }
# flush writes the words that were read, with what lay between them, and returns the first.
function flush(    i, name) {
  name = nwords ? value(1) : ""
  for (i = 1; i <= nwords; i++) printf "%s%s", spaces(gap[i]), pad(clean(depth ? stack[depth] : "", name, i), word[i])
  printf "%s", spaces(pending); pending = ""; nwords = 0
  return name
}
function run(    c, i, len, q, t, name) {
  rest = text; depth = 0; nwords = 0; pending = ""; rows = 0
  while (rest != "") {
    c = substr(rest, 1, 1)
    if (match(rest, /^[ \t\r\n]+/)) { take(RLENGTH); continue }
    if (c == "#") { i = index(rest, "\n"); take(i ? i - 1 : length(rest)); continue }
    if (c == ";") { flush(); drop(1); printf ";"; continue }
    if (c == "}") { flush(); drop(1); if (depth) depth--; printf "}"; continue }
    if (c == "{") {
      name = flush(); drop(1); stack[++depth] = name; printf "{"
      if (name ~ /_by_lua_block$/) lua()
      continue
    }
    word[++nwords] = ""; gap[nwords] = pending; pending = ""
    if (c == "\"" || c == "'") quoted(c)
    else bare()
  }
  flush()
}
function take(n) { pending = pending substr(rest, 1, n); drop(n) }
function drop(n) { rest = substr(rest, n + 1) }
function more(n) { word[nwords] = word[nwords] substr(rest, 1, n); drop(n) }
function quoted(q,    c) {
  more(1)
  while (rest != "") {
    if (q == "\"" ? match(rest, /^[^"\\]+/) : match(rest, /^[^'\\]+/)) { more(RLENGTH); continue }
    c = substr(rest, 1, 1)
    if (c == "\\") { more(2); continue }
    more(1); return
  }
}
function bare(    c) {
  while (rest != "") {
    if (match(rest, /^[^ \t\r\n;{\\$]+/)) { more(RLENGTH); continue }
    c = substr(rest, 1, 1)
    if (c == "\\") { more(2); continue }
    if (c == "$") { more(1); while (substr(rest, 1, 1) == "{") more(1); continue }
    return
  }
}
# lua leaves out a body of code up to its brace.
function lua(    d, c, i) {
  d = 1
  while (rest != "") {
    if (match(rest, /^[^{}"'\-]+/)) { skip(RLENGTH); continue }
    c = substr(rest, 1, 1)
    if (substr(rest, 1, 2) == "--") { i = index(rest, "\n"); skip(i ? i : length(rest)); continue }
    if (c == "\"" || c == "'") {
      skip(1)
      while (rest != "" && substr(rest, 1, 1) != c && substr(rest, 1, 1) != "\n") skip(substr(rest, 1, 1) == "\\" ? 2 : 1)
      skip(1); continue
    }
    if (c == "{") d++
    if (c == "}" && --d == 0) return
    skip(1)
  }
}
function skip(n) { printf "%s", spaces(substr(rest, 1, n)); drop(n) }
