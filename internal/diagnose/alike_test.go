package diagnose

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// conf is the beginning of all configurations of alike.
const conf = `-- nginx.conf --
worker_processes 1;
events {}
http {
	log_format t '$remote_addr [$time_local] "$request" $status $request_time $upstream_connect_time $upstream_response_time [$upstream_addr] $upstream_status';
	upstream app { server 127.0.0.1:8000; keepalive 32; }
	server { listen 80; client_body_timeout 2s; location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}
`

// alike are pictures of one incident that are mistaken for another.
var alike = []struct {
	name, text string
	// first is the first answer, and never what may not be said for sure.
	first, never string
}{
	{
		// The process accepts and answers, more slowly than they come. Between two
		// listings some were taken out of the queue.
		"a full queue of a process that accepts slowly", conf + `-- ss-ltn.txt --
State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 4      3          127.0.0.1:8000      0.0.0.0:*
-- ss-tanp.txt --
State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN 4      3          127.0.0.1:8000      0.0.0.0:*     users:(("app",pid=40,fd=3))
ESTAB  48     0          127.0.0.1:8000      127.0.0.1:5001
ESTAB  48     0          127.0.0.1:8000      127.0.0.1:5002
ESTAB  48     0          127.0.0.1:8000      127.0.0.1:5003
ESTAB  48     0          127.0.0.1:8000      127.0.0.1:5004
-- netstat.txt --
Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        4      0 127.0.0.1:8000          0.0.0.0:*               LISTEN      40/app
tcp       48      0 127.0.0.1:8000          127.0.0.1:5002          ESTABLISHED -
tcp       48      0 127.0.0.1:8000          127.0.0.1:5003          ESTABLISHED -
tcp       48      0 127.0.0.1:8000          127.0.0.1:5004          ESTABLISHED -
tcp       48      0 127.0.0.1:8000          127.0.0.1:5005          ESTABLISHED -
-- error.log --
2026/11/30 01:27:28 [error] 40#40: *1 upstream timed out (110: Connection timed out) while connecting to upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "a"
`, "accept-queue-full likely", "backend-does-not-accept",
	},
	{
		// The end of a connection counts as one unread byte.
		"workers at work on requests that were given up", conf + `-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN     6      2048       127.0.0.1:8000      0.0.0.0:*     users:(("app",pid=40,fd=3),("app",pid=41,fd=3))
CLOSE-WAIT 1      0          127.0.0.1:8000      127.0.0.1:5001 users:(("app",pid=40,fd=9))
CLOSE-WAIT 1      0          127.0.0.1:8000      127.0.0.1:5002 users:(("app",pid=41,fd=9))
CLOSE-WAIT 79     0          127.0.0.1:8000      127.0.0.1:5003
CLOSE-WAIT 79     0          127.0.0.1:8000      127.0.0.1:5004
CLOSE-WAIT 79     0          127.0.0.1:8000      127.0.0.1:5005
ESTAB      78     0          127.0.0.1:8000      127.0.0.1:5006
ESTAB      78     0          127.0.0.1:8000      127.0.0.1:5007
ESTAB      78     0          127.0.0.1:8000      127.0.0.1:5008
-- error.log --
2026/11/30 01:27:28 [error] 40#40: *1 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "a"
`, "backend-workers-busy likely", "backend-does-not-accept",
	},
	{
		// What was in flight when the process ended fails within a round trip, as on a
		// stale connection.
		"a process that ends and comes back, and a stale pool", conf + `-- error.log --
2026/11/30 01:26:11 [error] 40#40: *1 upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.7, server: , request: "POST /a HTTP/1.1", upstream: "http://127.0.0.1:8000/a", host: "a"
2026/11/30 01:26:11 [error] 40#40: *2 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.7, server: , request: "POST /b HTTP/1.1", upstream: "http://127.0.0.1:8000/b", host: "a"
2026/11/30 01:26:19 [error] 40#40: *7 upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.7, server: , request: "POST /b HTTP/1.1", upstream: "http://127.0.0.1:8000/b", host: "a"
-- access.log --
192.0.2.7 [30/Nov/2026:01:26:11 +0000] "POST /a HTTP/1.1" 502 0.000 0.000 0.000 [127.0.0.1:8000] 502
192.0.2.7 [30/Nov/2026:01:26:11 +0000] "POST /b HTTP/1.1" 502 0.000 - 0.000 [127.0.0.1:8000] 502
192.0.2.7 [30/Nov/2026:01:26:13 +0000] "POST /a HTTP/1.1" 200 0.030 0.000 0.030 [127.0.0.1:8000] 200
192.0.2.7 [30/Nov/2026:01:26:19 +0000] "POST /b HTTP/1.1" 502 0.001 0.000 0.001 [127.0.0.1:8000] 502
192.0.2.7 [30/Nov/2026:01:26:21 +0000] "POST /b HTTP/1.1" 200 0.031 0.000 0.031 [127.0.0.1:8000] 200
`, "backend-broke-off likely", "stale-pooled-connection",
	},
	{
		// netstat looks for processes first and for sockets then: one that was
		// accepted in between has none, and is gone in the next listing.
		"connections that are just being accepted", conf + `-- netstat.txt --
Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        0      0 127.0.0.1:8000          0.0.0.0:*               LISTEN      40/app
tcp        1      0 127.0.0.1:8000          127.0.0.1:5001          CLOSE_WAIT  -
tcp        1      0 127.0.0.1:8000          127.0.0.1:5002          CLOSE_WAIT  -
tcp        1      0 127.0.0.1:8000          127.0.0.1:5003          CLOSE_WAIT  -
`, "", "backend-does-not-accept",
	},
	{
		// nginx writes nothing into its error log about these.
		"bodies that do not come", conf + "-- access.log --\n" + strings.Repeat(`192.0.2.7 [30/Nov/2026:01:26:11 +0000] "POST /upload HTTP/1.1" 408 2.402 - - [-] -
`, 5), "timeout-in-force proved", "",
	},
	{
		"a phone that went out of reach", conf + `-- access.log --
192.0.2.7 [30/Nov/2026:01:26:11 +0000] "POST /upload HTTP/1.1" 408 2.402 - - [-] -
`, "", "",
	},
	{
		"one time-out of the other side, off by what a busy host adds", conf + "-- access.log --\n" + lines(6, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 [30/Nov/2026:01:26:%02d +0000] "GET /r HTTP/1.1" 499 2.%03d 0.000 2.%03d [127.0.0.1:8000] -`, i*3, i*30, i*30)
		}), "client-timed-out likely", "",
	},
	{
		"people who lose patience", conf + "-- access.log --\n" + lines(12, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 [30/Nov/2026:01:26:%02d +0000] "GET /r HTTP/1.1" 499 %d.%03d 0.000 2.0 [127.0.0.1:8000] -`, i*3, 1+i, i*83)
		}), "", "client-timed-out",
	},
	{
		// php-fpm leaves the last record of a request, 8 bytes, until it has answered.
		"children of php-fpm at work", `-- nginx.conf --
events {}
http { server { listen 80; location / { fastcgi_pass 127.0.0.1:9000; } } }
-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN     6      511        127.0.0.1:9000      0.0.0.0:*     users:(("php-fpm8.2",pid=41,fd=9),("php-fpm8.2",pid=42,fd=9))
CLOSE-WAIT 9      0          127.0.0.1:9000      127.0.0.1:5001 users:(("php-fpm8.2",pid=41,fd=4))
ESTAB      8      0          127.0.0.1:9000      127.0.0.1:5002 users:(("php-fpm8.2",pid=42,fd=4))
CLOSE-WAIT 209    0          127.0.0.1:9000      127.0.0.1:5003
CLOSE-WAIT 209    0          127.0.0.1:9000      127.0.0.1:5004
CLOSE-WAIT 209    0          127.0.0.1:9000      127.0.0.1:5005
ESTAB      208    0          127.0.0.1:9000      127.0.0.1:5006
ESTAB      208    0          127.0.0.1:9000      127.0.0.1:5007
ESTAB      208    0          127.0.0.1:9000      127.0.0.1:5008
-- error.log --
2026/11/30 01:27:28 [error] 40#40: *1 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "fastcgi://127.0.0.1:9000", host: "a"
`, "backend-workers-busy proved", "backend-does-not-accept",
	},
	{
		// Node.js accepts with its last descriptor and closes at once (libuv's
		// uv__emfile_trick).
		"a backend that has no descriptors left closes at once", `-- nginx.conf --
events {}
http {
	log_format t '$remote_addr "$request" $status $upstream_connect_time $upstream_response_time [$upstream_addr] $upstream_status';
	server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } }
}
-- error.log --
` + lines(6, func(i int) string {
			return fmt.Sprintf(`2026/11/30 01:26:%02d [error] 40#40: *%d upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "a"`, i, i)
		}) + "-- access.log --\n" + lines(6, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 "GET / HTTP/1.1" 502 0.000 0.00%d [127.0.0.1:8000] 502
192.0.2.7 "GET / HTTP/1.1" 200 0.000 1.50%d [127.0.0.1:8000] 200`, i, i)
		}), "backend-file-limit likely", "backend-broke-off",
	},
	{
		"the same, with the error log alone", `-- nginx.conf --
events {}
http { server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } } }
-- error.log --
` + lines(6, func(i int) string {
			return fmt.Sprintf(`2026/11/30 01:26:%02d [error] 40#40: *%d upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "a"`, i, i)
		}), "backend-broke-off likely", "backend-broke-off",
	},
	{
		// nginx would have sent these again, had their connections been kept ones.
		"a pool, and new connections that are closed", conf + `-- error.log --
` + lines(4, func(i int) string {
			return fmt.Sprintf(`2026/11/30 01:26:%02d [error] 40#40: *%d recv() failed (104: Connection reset by peer) while reading response header from upstream, client: 192.0.2.7, server: , request: "GET /%d HTTP/1.1", upstream: "http://127.0.0.1:8000/%d", host: "a"`, i, i, i%2, i%2)
		}) + "-- access.log --\n" + lines(4, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 [30/Nov/2026:01:26:%02d +0000] "GET /%d HTTP/1.1" 502 0.001 0.000 0.001 [127.0.0.1:8000] 502
192.0.2.7 [30/Nov/2026:01:26:%02d +0000] "GET /%d HTTP/1.1" 200 0.002 0.000 0.002 [127.0.0.1:8000] 200`, i, i%2, i, i%2)
		}), "backend-broke-off likely", "stale-pooled-connection",
	},
	{
		"502 for POST alone, in a log that names no upstream", `-- error.log --
` + lines(6, func(i int) string {
			return fmt.Sprintf(`2026/11/30 01:26:%02d [error] 40#40: *%d recv() failed (104: Connection reset by peer) while reading response header from upstream, client: 192.0.2.7, server: , request: "POST /a HTTP/1.1", upstream: "http://127.0.0.1:8000/a", host: "a"`, i, i)
		}) + "-- access.log --\n" + lines(6, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 - - [30/Nov/2026:01:26:%02d +0000] "POST /a HTTP/1.1" 502 157 "-" "curl/8"
192.0.2.7 - - [30/Nov/2026:01:26:%02d +0000] "POST /a HTTP/1.1" 200 3 "-" "curl/8"`, i, i)
		}), "stale-pooled-connection likely", "stale-pooled-connection",
	},
	{
		"one of two servers was started again", conf + `-- error.log --
2026/11/30 01:26:11 [error] 40#40: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.7, server: , request: "GET /a HTTP/1.1", upstream: "http://127.0.0.1:8000/a", host: "a"
-- access.log --
192.0.2.7 [30/Nov/2026:01:26:11 +0000] "GET /a HTTP/1.1" 200 0.003 0.000, 0.000 0.000, 0.003 [127.0.0.1:8000, 127.0.0.1:8001] 502, 200
192.0.2.7 [30/Nov/2026:01:26:31 +0000] "GET /a HTTP/1.1" 200 0.003 0.000 0.003 [127.0.0.1:8000] 200
-- ss-ltn.txt --
State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      511        127.0.0.1:8000      0.0.0.0:*
`, "", "nothing-listens",
	},
	{
		// The process rests for a second after accept() failed for want of descriptors,
		// and holds none by then.
		"a server that accepts in batches", conf + `-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN     5      4096       127.0.0.1:8000      0.0.0.0:*     users:(("app",pid=41,fd=3))
` + lines(5, func(i int) string {
			return fmt.Sprintf("ESTAB      87     0          127.0.0.1:8000      127.0.0.1:500%d", i)
		}) + "-- access.log --\n" + lines(30, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 [30/Nov/2026:01:26:%02d +0000] "GET /r HTTP/1.1" 200 %d.503 0.000 %d.503 [127.0.0.1:8000] 200`, i, 1+i%6, 1+i%6)
		}), "backend-file-limit possible", "backend-does-not-accept",
	},
	{
		// Slow clients: bytes wait for their window, and a few were sent again long ago.
		"slow downloads", `-- nginx.conf --
events {}
http { server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } } }
-- ss-tin.txt --
State Recv-Q Send-Q Local Address:Port Peer Address:Port Process
` + lines(4, func(i int) string {
			return fmt.Sprintf(`ESTAB 0      23168      192.0.2.10:80       192.0.2.7:500%d users:(("nginx",pid=50,fd=1%d)) timer:(on,080ms,0)
	 ts sack cubic wscale:7,7 rto:232 rtt:31.947/0.831 mss:11584 pmtu:65535 rcvmss:536 advmss:65483 cwnd:14 bytes_sent:8742573 bytes_retrans:57920 bytes_acked:8661485 unacked:2 retrans:0/5 notsent:23168`, i, i)
		}) + `-- nstat-before.txt --
TcpRetransSegs                  0                  0.0
TcpExtTCPSynRetrans             0                  0.0
-- nstat.txt --
TcpRetransSegs                  17                 0.0
TcpExtTCPSynRetrans             0                  0.0
`, "", "path-mtu",
	},
	{
		"a worker of nginx that is stopped", `-- nginx.conf --
events {}
http { server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } } }
-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port  Peer Address:Port  Process
LISTEN     8      511          0.0.0.0:80         0.0.0.0:*     users:(("nginx",pid=51,fd=3),("nginx",pid=50,fd=3))
` + lines(6, func(i int) string {
			return fmt.Sprintf(`CLOSE-WAIT 58     0         192.0.2.10:80       192.0.2.7:500%d  users:(("nginx",pid=51,fd=1%d))
CLOSE-WAIT 58     0         192.0.2.10:80       192.0.2.7:510%d`, i, i, i)
		}), "nginx-blocked likely", "client-gone-nginx-reads-on",
	},
	{
		// It stands still for seconds now and then, and answers at once otherwise.
		"a process that pauses", conf + `-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN     5      4096       127.0.0.1:8000      0.0.0.0:*     users:(("app",pid=41,fd=3))
` + lines(5, func(i int) string {
			return fmt.Sprintf("ESTAB      87     0          127.0.0.1:8000      127.0.0.1:500%d", i)
		}) + `-- netstat.txt --
Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        5      0 127.0.0.1:8000          0.0.0.0:*               LISTEN      41/app
` + lines(5, func(i int) string {
			return fmt.Sprintf("tcp       87      0 127.0.0.1:8000          127.0.0.1:500%d          ESTABLISHED -", i)
		}) + "-- access.log --\n" + lines(30, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 [30/Nov/2026:01:26:%02d +0000] "GET /r HTTP/1.1" 200 %d.003 0.000 %d.003 [127.0.0.1:8000] 200`, i, i/25*2, i/25*2)
		}), "backend-does-not-accept likely", "",
	},
	{
		"a backend that accepts and answers nothing any more", conf + "-- error.log --\n" + lines(6, func(i int) string {
			return fmt.Sprintf(`2026/11/30 01:26:%02d [error] 40#40: *%d upstream timed out (110: Connection timed out) while reading response header from upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "a"`, 10+i, i)
		}) + "-- access.log --\n" + lines(6, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 [30/Nov/2026:01:26:0%d +0000] "GET / HTTP/1.1" 200 0.003 0.000 0.003 [127.0.0.1:8000] 200
192.0.2.7 [30/Nov/2026:01:26:%02d +0000] "GET / HTTP/1.1" 504 60.001 0.000 60.001 [127.0.0.1:8000] 504`, i, 10+i)
		}), "timeout-in-force likely", "timeout-in-force",
	},
	{
		// Clients left a while ago, which a log that begins later does not tell.
		"requests given up before the log begins", conf + `-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN     0      4096       127.0.0.1:8000      0.0.0.0:*     users:(("app",pid=41,fd=3))
` + lines(6, func(i int) string {
			return fmt.Sprintf(`CLOSE-WAIT 0      0          127.0.0.1:8000      127.0.0.1:500%d users:(("app",pid=41,fd=1%d))
FIN-WAIT-2 0      0          127.0.0.1:500%d      127.0.0.1:8000`, i, i, i)
		}) + "-- access.log --\n" + lines(6, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 [30/Nov/2026:01:26:0%d +0000] "GET /r HTTP/1.1" 200 3.003 0.000 3.003 [127.0.0.1:8000] 200`, i)
		}), "", "process-does-not-close",
	},
	{
		// The same where everything is answered at once: nothing can be at work for long.
		"connections that are not closed, within a minute", conf + `-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN     0      4096       127.0.0.1:8000      0.0.0.0:*     users:(("app",pid=41,fd=3))
` + lines(6, func(i int) string {
			return fmt.Sprintf(`CLOSE-WAIT 1      0          127.0.0.1:8000      127.0.0.1:500%d users:(("app",pid=41,fd=1%d))
FIN-WAIT-2 0      0          127.0.0.1:500%d      127.0.0.1:8000`, i, i, i)
		}) + "-- access.log --\n" + lines(6, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 [30/Nov/2026:01:26:0%d +0000] "GET /r HTTP/1.1" 200 0.003 0.000 0.003 [127.0.0.1:8000] 200`, i)
		}), "process-does-not-close likely", "process-does-not-close",
	},
	{
		// Two of the last descriptors were given back a moment ago.
		"nearly all descriptors of the backend", conf + `-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN     9      4096       127.0.0.1:8000      0.0.0.0:*     users:(("app",pid=41,fd=3))
` + lines(45, func(i int) string {
			return fmt.Sprintf(`ESTAB      0      0          127.0.0.1:8000      127.0.0.1:50%02d users:(("app",pid=41,fd=%d))`, i, 18+i)
		}) + `-- backend-limits.txt --
Limit                     Soft Limit           Hard Limit           Units
Max open files            64                   64                   files
`, "backend-file-limit proved", "",
	},
	{
		// Nothing else tells what it costs: this may be a burst.
		"a long queue that two tools saw", conf + `-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN     25     4096       127.0.0.1:8000      0.0.0.0:*     users:(("app",pid=41,fd=3))
` + lines(25, func(i int) string {
			return fmt.Sprintf("ESTAB      87     0          127.0.0.1:8000      127.0.0.1:50%02d", i)
		}) + `-- netstat.txt --
Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp       25      0 127.0.0.1:8000          0.0.0.0:*               LISTEN      41/app
` + lines(25, func(i int) string {
			return fmt.Sprintf("tcp       87      0 127.0.0.1:8000          127.0.0.1:50%02d          ESTABLISHED -", i)
		}), "backend-does-not-accept possible", "backend-does-not-accept",
	},
	{
		// Half of its connections were closed a moment ago; the highest descriptor tells
		// that all were in use.
		"a backend that had no descriptor left a moment ago", conf + `-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN     9      4096       127.0.0.1:8000      0.0.0.0:*     users:(("app",pid=41,fd=3))
` + lines(40, func(i int) string {
			return fmt.Sprintf(`ESTAB      0      0          127.0.0.1:8000      127.0.0.1:50%02d users:(("app",pid=41,fd=%d))`, i, 87+i)
		}) + "-- access.log --\n" + lines(30, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 [30/Nov/2026:01:26:%02d +0000] "GET /r HTTP/1.1" 200 %d.503 0.000 %d.503 [127.0.0.1:8000] 200`, i, 1+i%6, 1+i%6)
		}), "backend-file-limit likely", "backend-workers-busy",
	},
	{
		// A process that accepts one after the other may hold none at the moment that
		// somebody looks, once.
		"a full queue, and nobody accepted yet", conf + `-- ss-tanp.txt --
State      Recv-Q Send-Q Local Address:Port Peer Address:Port Process
LISTEN     6      5          127.0.0.1:8000      0.0.0.0:*     users:(("app",pid=41,fd=3))
` + lines(6, func(i int) string {
			return fmt.Sprintf("ESTAB      87     0          127.0.0.1:8000      127.0.0.1:500%d", i)
		}) + "-- access.log --\n" + lines(6, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 [30/Nov/2026:01:26:0%d +0000] "GET /r HTTP/1.1" 200 0.103 0.000 0.103 [127.0.0.1:8000] 200`, i)
		}) + `-- nstat-before.txt --
TcpExtListenOverflows           0                  0.0
-- nstat.txt --
TcpExtListenOverflows           111                0.0
`, "accept-queue-full likely", "backend-does-not-accept",
	},
	{
		"a port of TLS that is spoken to in the clear", `-- nginx.conf --
events {}
http {
	log_format t '$remote_addr "$request" $status $upstream_connect_time $upstream_response_time [$upstream_addr] $upstream_status';
	server { listen 80; location / { proxy_pass http://127.0.0.1:8443; } }
}
-- error.log --
` + lines(6, func(i int) string {
			return fmt.Sprintf(`2026/11/30 01:26:%02d [error] 40#40: *%d upstream prematurely closed connection while reading response header from upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8443/", host: "a"`, i, i)
		}) + "-- access.log --\n" + lines(6, func(i int) string {
			return fmt.Sprintf(`192.0.2.7 "GET / HTTP/1.1" 502 0.000 0.00%d [127.0.0.1:8443] 502`, i)
		}), "backend-broke-off likely", "backend-broke-off",
	},
}

func TestAlike(t *testing.T) {
	for _, c := range alike {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{}
			for _, f := range txtar.Parse([]byte(c.text)).Files {
				files[f.Name] = string(f.Data)
			}
			first := ""
			for _, a := range Run(input(t, files)).Answers {
				if first == "" {
					first = a.Cause.ID + " " + a.Certainty.String()
				}
				if a.Certainty == Proved && a.Cause.ID == c.never {
					t.Errorf("%s is said to be proved: %s", a.Cause.ID, a.Message)
				}
			}
			if first != c.first {
				t.Errorf("%q comes first, want %q", first, c.first)
			}
		})
	}
}
