package evidence

import (
	"slices"
	"strings"
)

// maxJSONFields is how many values a line of an access log in JSON may have.
const maxJSONFields = 128

// jsonUses are what people call values in a log_format that writes JSON, beside the
// names of nginx's variables and the short ones in timeLabels.
var jsonUses = map[string]use{
	"status_code": useStatus, "statuscode": useStatus, "response_status": useStatus, "response_code": useStatus, "http_status": useStatus, "code": useStatus,
	"method": useMethod, "verb": useMethod, "http_method": useMethod,
	"path": useURI, "url": useURI, "requesturi": useURI, "request_path": useURI,
	"upstream": useUpstreamAddr, "upstream_host": useUpstreamAddr, "upstreamhost": useUpstreamAddr, "upstream_address": useUpstreamAddr, "upstreamaddr": useUpstreamAddr, "backend": useUpstreamAddr,
	"upstreamstatus": useUpstreamStatus, "upstream_status_code": useUpstreamStatus, "upstream_response_status": useUpstreamStatus,
	"duration": useRequestTime, "request_duration": useRequestTime, "requesttime": useRequestTime,
	"upstreamtime": useResponseTime, "upstreamresponsetime": useResponseTime,
	"size": useBytes, "bytes": useBytes, "body_bytes": useBytes,
	"time": useTimeISO, "timestamp": useTimeISO, "date": useTimeISO, "datetime": useTimeISO,
}

// guessJSON makes a format from a line of an access log that writes JSON: by the names
// of the values, and by what values of nginx look like. The values of nginx stand in a
// text that never changes, so that lines are taken apart as all others are.
func guessJSON(line string) (LogFormat, bool) {
	g := guess{fields: jsonFields(line)}
	nginx := false // something only nginx writes
	response := -1
	for i := range g.fields {
		f := &g.fields[i]
		name := strings.Trim(strings.NewReplacer("-", "_", ".", "_", "@", "").Replace(strings.ToLower(f.label)), "_")
		if name == "responsetime" || name == "response_time" {
			response = i
			continue
		}
		u, own := uses[name]
		if !own {
			if u = timeLabels[name]; u == unused {
				u = jsonUses[name]
			}
		}
		if u == useTimeISO && len(f.value) > 2 && f.value[2] == '/' {
			u = useTimeLocal
		}
		if u == unused || g.at(u) >= 0 || !mayBe(u, f.value) {
			continue
		}
		f.use = u
		nginx = nginx || own && strings.Contains(name, "_") && u != useMethod || isTime(u) && isSeconds([]byte(f.value))
	}
	// The name is used for the time of the request, and for that of the upstream.
	if response >= 0 && g.at(useRequestTime) < 0 && g.at(useResponseTime) >= 0 && mayBe(useRequestTime, g.fields[response].value) {
		g.fields[response].use = useRequestTime
		nginx = true
	}
	what := g.at(useRequest) >= 0 || g.at(useURI) >= 0 || g.at(useMethod) >= 0
	how := g.at(useRequestTime) >= 0 || g.at(useResponseTime) >= 0 || g.at(useUpstreamAddr) >= 0
	if !nginx || !what || !how || g.at(useStatus) < 0 {
		return LogFormat{}, false
	}
	return g.format(), true
}

// mayBe reports whether a value is one that nginx writes for a variable of that use.
func mayBe(u use, value string) bool {
	none := value == "" || value == "-"
	switch u {
	case useStatus:
		return isStatus(value)
	case useUpstreamStatus:
		return none || every(value, isStatus)
	case useUpstreamAddr:
		return none || every(value, isUpstream)
	case useRequestTime, useConnectTime, useHeaderTime, useResponseTime:
		return none || every(value, func(v string) bool { return v == "-" || isSeconds([]byte(v)) })
	case useBytes, useUpstreamBytes:
		return none || isDigits(lastField(value))
	case useRequest:
		return none || isRequest(value)
	case useTimeISO:
		return len(value) >= 19 && value[4] == '-' && value[10] == 'T'
	case useTimeLocal:
		return len(value) >= 20 && value[2] == '/' && isMonth([]byte(value[3:6]+" "))
	case useMethod:
		return value != "" && strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	default:
		return true
	}
}

func lastField(list string) string { return string(lastOf([]byte(list))) }

func isTime(u use) bool {
	return slices.Contains([]use{useRequestTime, useConnectTime, useHeaderTime, useResponseTime}, u)
}

// jsonFields are the values of an object in one line, with the names before them;
// those of an object inside have their own names. Nil if it is no such line.
func jsonFields(line string) []guessedField {
	if !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "}") {
		return nil
	}
	var out []guessedField
	label, from := "", 0
	add := func(start, end int) bool {
		out = append(out, guessedField{before: line[from:start], label: label, value: line[start:end]})
		from = end
		return len(out) <= maxJSONFields
	}
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == '"':
			end := jsonStringEnd(line, i+1)
			if end < 0 {
				return nil
			}
			rest := strings.TrimLeft(line[end+1:], " ")
			if strings.HasPrefix(rest, ":") {
				label, i = line[i+1:end], len(line)-len(rest)+1
				continue
			}
			if !add(i+1, end) {
				return nil
			}
			i = end + 1
		case c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z':
			end := i + 1
			for end < len(line) && strings.IndexByte(",]} ", line[end]) < 0 {
				end++
			}
			if !add(i, end) {
				return nil
			}
			i = end
		case strings.IndexByte("{}[],: \t", c) >= 0:
			i++
		default:
			return nil
		}
	}
	return append(out, guessedField{before: line[from:]})
}

// jsonStringEnd is where the quote stands that closes a string; -1 if none does.
func jsonStringEnd(line string, from int) int {
	for i := from; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}
