//go:build linux

package proof

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/fcgi"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// handler is what a server does with a request.
type handler = func(http.ResponseWriter, *http.Request)

// A backend is a server behind nginx that counts and remembers.
type backend struct {
	addr    string // as nginx writes it
	opened  atomic.Int64
	resumed atomic.Int64

	mu   sync.Mutex
	seen []*http.Request
}

// requests are those that have come so far.
func (b *backend) requests() []*http.Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.seen)
}

// counted is a listener whose backend counts the connections.
type counted struct {
	net.Listener
	*backend
}

func (c counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.opened.Add(1)
	}
	return conn, err
}

// serve answers requests until the test ends.
func (b *backend) serve(t *testing.T, l net.Listener, o options, protocol string) {
	t.Helper()
	does := o.backend
	if does == nil {
		does = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }
	}
	remember := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.seen = append(b.seen, r)
		b.mu.Unlock()
		if r.TLS != nil && r.TLS.DidResume {
			b.resumed.Add(1)
		}
		does(w, r)
	})
	l = counted{l, b}
	switch protocol {
	case "fastcgi":
		go func() { _ = fcgi.Serve(l, remember) }() // until the listener is closed
		t.Cleanup(func() { _ = l.Close() })
		return
	case "uwsgi":
		go serveUWSGI(l)
		t.Cleanup(func() { _ = l.Close() })
		return
	}
	srv := &http.Server{Handler: remember, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	if o.tls {
		config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}, MinVersion: tls.VersionTLS12}
		config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if o.named && !strings.Contains(hello.ServerName, ".") {
				return nil, errors.New("no such name here")
			}
			return nil, nil //nolint:nilnil // the configuration itself
		}
		l = tls.NewListener(l, config)
	} else {
		srv.Protocols = new(http.Protocols)
		srv.Protocols.SetHTTP1(true)
		srv.Protocols.SetUnencryptedHTTP2(true)
	}
	go func() { _ = srv.Serve(l) }() // until the server is closed
	t.Cleanup(func() { _ = srv.Close() })
}

// serveUWSGI answers every request, until the listener is closed. A packet has the
// kind, the size in two bytes and one more (the uwsgi protocol); the answer is HTTP's.
func serveUWSGI(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close() //nolint:errcheck // whatever became of it
			head := make([]byte, 4)
			if _, err := io.ReadFull(conn, head); err != nil {
				return
			}
			if _, err := io.CopyN(io.Discard, conn, int64(binary.LittleEndian.Uint16(head[1:]))); err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
		}()
	}
}

// bothPEM is a new certificate and its key, in one text for both of nginx's directives.
func bothPEM(t *testing.T) []byte {
	t.Helper()
	c := certificate(t)
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
}

// certificate makes one that lives as long as the test.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A stream is a response of ten events. The first comes at once, the others
// when the test wants them.
type stream struct {
	raw   bool // neither a length nor chunks: it ends with the connection
	quiet bool // no header and no event either until the test wants them

	began   chan struct{} // closed when the first event is out
	gone    chan struct{} // closed when the backend sees that nobody listens
	release chan struct{}
	once    sync.Once
}

const firstEvent = "data: first\n"

func newStream(t *testing.T) *stream {
	t.Helper()
	s := &stream{began: make(chan struct{}), gone: make(chan struct{}), release: make(chan struct{})}
	t.Cleanup(s.finish)
	return s
}

// finish lets the stream come to its end.
func (s *stream) finish() { s.once.Do(func() { close(s.release) }) }

// serve is the handler; it serves one request.
func (s *stream) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	out, flush := io.Writer(w), func() error { return http.NewResponseController(w).Flush() }
	if s.raw {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer conn.Close() //nolint:errcheck // nothing can be done about it
		out, flush = conn, func() error { return nil }
		_, _ = io.WriteString(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
	}
	if !s.quiet {
		_, _ = io.WriteString(out, firstEvent+"\n")
		_ = flush()
	}
	close(s.began)
	select {
	case <-s.release:
	case <-r.Context().Done():
		close(s.gone)
		return
	}
	if s.quiet {
		_, _ = io.WriteString(out, firstEvent+"\n")
	}
	for range 9 {
		_, _ = io.WriteString(out, "data: more\n\n")
		_ = flush()
	}
}
