package evidence

import (
	"bytes"
	"encoding/json"
)

// wrappedMessage takes the message out of a line of "journalctl -o json", one of the
// kernel as dmesg prints it, or of a file in which Docker keeps what containers print
// (its driver json-file, whose form log shippers keep).
func wrappedMessage(text []byte) (message []byte, ok bool) {
	if len(text) < 12 || text[0] != '{' || text[len(text)-1] != '}' {
		return nil, false
	}
	if bytes.Contains(text, []byte(`"log":"`)) && bytes.Contains(text, []byte(`"stream":"std`)) {
		var entry struct {
			Log string `json:"log"`
		}
		if json.Unmarshal(text, &entry) != nil || entry.Log == "" {
			return nil, false
		}
		return bytes.TrimRight([]byte(entry.Log), "\r\n"), true
	}
	if !bytes.Contains(text, []byte(`"MESSAGE"`)) {
		return nil, false
	}
	var entry struct {
		Message   string `json:"MESSAGE"`
		Transport string `json:"_TRANSPORT"`
	}
	// A message that is no text is written as a list of numbers, and says nothing here.
	if json.Unmarshal(text, &entry) != nil || entry.Message == "" {
		return nil, false
	}
	if entry.Transport == "kernel" {
		return []byte("[    0.000000] " + entry.Message), true
	}
	return []byte(entry.Message), true
}
