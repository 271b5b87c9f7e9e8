package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
)

// writeXML writes a value as an indented document, in one piece. Text must have
// been made visible: XML has no way to write control characters.
func writeXML(w io.Writer, v any) error {
	data, err := xml.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding XML: %w", err)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	b.Write(data)
	b.WriteByte('\n')
	_, err = b.WriteTo(w)
	return err
}
