package evidence

import (
	"bytes"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

const rotated = "2026/11/30 01:27:28 [crit] 40#40: accept4() failed (24: Too many open files)\n"

func TestZstd(t *testing.T) {
	var packed bytes.Buffer
	w, err := zstd.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(strings.Repeat(rotated, 3))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !Recognise("error.log.2.zst", packed.Bytes()) {
		t.Error("it is not recognised")
	}
	s := NewSet()
	if err := s.Read("error.log.2.zst", bytes.NewReader(packed.Bytes()), Options{}); err != nil {
		t.Fatal(err)
	}
	if got := s.Errors.Groups(AcceptFailed); len(got) != 1 || got[0].Count != 3 {
		t.Errorf("%v", got)
	}
	if err := NewSet().Read("cut.zst", bytes.NewReader(packed.Bytes()[:packed.Len()-5]), Options{}); err == nil {
		t.Error("a file that is cut off is read without a word")
	}
}

func TestJournal(t *testing.T) {
	s := NewSet()
	text := `{"__REALTIME_TIMESTAMP":"1796002043000000","_TRANSPORT":"kernel","MESSAGE":"nf_conntrack: nf_conntrack: table full, dropping packet","PRIORITY":"4"}
{"_TRANSPORT":"syslog","SYSLOG_IDENTIFIER":"nginx","MESSAGE":"2026/11/30 01:27:28 [crit] 40#40: accept4() failed (24: Too many open files)"}
{"_TRANSPORT":"stdout","MESSAGE":[27,91,109]}
`
	iso := "2026-11-30T01:27:28+0000 web kernel: neighbour: arp_cache: neighbor table overflow!\n"
	if err := s.Read("journal", strings.NewReader(text+iso), Options{}); err != nil {
		t.Fatal(err)
	}
	if len(s.Kernel.Of(ConntrackTableFull)) != 1 || len(s.Kernel.Of(NeighbourOverflow)) != 1 || len(s.Errors.Groups(AcceptFailed)) != 1 {
		t.Errorf("kernel %v, errors %v", s.Kernel, s.Errors.All())
	}
}

func TestLsof(t *testing.T) {
	s := NewSet()
	text := `COMMAND   PID     USER   FD   TYPE DEVICE SIZE/OFF NODE NAME
nginx      50     root    6u  IPv4  21000      0t0  TCP *:80 (LISTEN)
nginx      51 www-data    6u  IPv4  21000      0t0  TCP *:80 (LISTEN)
nginx      50     root    7u  IPv6  21001      0t0  TCP *:80 (LISTEN)
node       60      app   18u  IPv4  21002      0t0  TCP 127.0.0.1:3000 (LISTEN)
node       60      app   21u  IPv4  21007      0t0  TCP 127.0.0.1:3000->127.0.0.1:40018 (CLOSE_WAIT)
nginx      51 www-data    9u  IPv4  21008      0t0  TCP 127.0.0.1:40020->127.0.0.1:3000 (ESTABLISHED)
nginx      51 www-data   12u  IPv6  21010      0t0  TCP [2001:db8::1]:80->[2001:db8::9]:50122 (SYN_RCVD)
node       60      app   22u  IPv4  21011      0t0  TCP localhost:3000->localhost:40019 (CLOSE_WAIT)
`
	if err := s.Read("lsof.txt", strings.NewReader(text), Options{}); err != nil {
		t.Fatal(err)
	}
	if len(s.Tables) != 1 || len(s.Tables[0].Listeners) != 3 || len(s.Tables[0].Connections) != 3 || s.Tables[0].ListenersOnly {
		t.Fatalf("%+v", s.Tables)
	}
	if l := s.Tables[0].Listeners[0]; len(l.Owners) != 2 || l.Address.String() != "0.0.0.0:80" || l.Owners[1] != (Owner{"nginx", 51, 6}) {
		t.Errorf("%+v", l)
	}
	if c := s.Tables[0].Connections; c[0].String() != `CLOSE-WAIT 0 0 127.0.0.1:3000 127.0.0.1:40018 users:(("node",pid=60,fd=21))` || c[2].State != SynRecv {
		t.Errorf("%s, %s", c[0], c[2])
	}
	if src := s.Sources[0]; src.Lines-src.Read != 1 {
		t.Errorf("%d of %d lines were read: a name in place of a number is not", src.Read, src.Lines)
	}
}
