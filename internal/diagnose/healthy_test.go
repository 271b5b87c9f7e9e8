package diagnose

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// TestBusyHealthyHost is a host on the Internet in its best hour: whatever comes and
// goes there is no fault.
func TestBusyHealthyHost(t *testing.T) {
	var ss, errs, access strings.Builder
	ss.WriteString("State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n")
	ss.WriteString("LISTEN 3 511 0.0.0.0:443 0.0.0.0:* users:((\"nginx\",pid=50,fd=3),(\"nginx\",pid=49,fd=3))\n")
	ss.WriteString("LISTEN 0 4096 10.0.0.9:8080 0.0.0.0:* users:((\"app\",pid=60,fd=3))\n")
	row := func(n int, format string, args ...any) {
		for i := range n {
			fmt.Fprintf(&ss, strings.ReplaceAll(format, "#", strconv.Itoa(20000+i))+"\n", args...)
		}
	}
	row(9000, "TIME-WAIT 0 0 10.0.0.9:443 198.51.100.7:#")
	row(4000, "TIME-WAIT 0 0 10.0.0.9:# 10.0.0.20:8080")
	row(800, `ESTAB 0 0 10.0.0.9:443 203.0.113.9:# users:(("nginx",pid=50,fd=9))`)
	row(60, `ESTAB 0 14480 10.0.0.9:443 203.0.113.10:# users:(("nginx",pid=50,fd=9))`)
	row(200, `ESTAB 0 0 10.0.0.9:# 10.0.0.20:8080 users:(("nginx",pid=50,fd=9))`)
	row(2, `CLOSE-WAIT 1 0 10.0.0.9:443 203.0.113.11:# users:(("nginx",pid=50,fd=9))`)
	row(300, "FIN-WAIT-2 0 0 10.0.0.9:443 203.0.113.12:#")
	row(40, "SYN-RECV 0 0 10.0.0.9:443 203.0.113.13:#")
	row(20, "LAST-ACK 0 1 10.0.0.9:443 203.0.113.14:#")
	for i := range 50 {
		fmt.Fprintf(&errs, "2026/11/30 01:27:%02d [error] 50#50: *%d open() \"/srv/www/x%d\" failed (2: No such file or directory), client: 203.0.113.9, server: a, request: \"GET /x HTTP/1.1\", host: \"a\"\n", i, i, i)
		fmt.Fprintf(&errs, "2026/11/30 01:27:%02d [crit] 50#50: *%d SSL_do_handshake() failed (SSL: error:0A00006C:SSL routines::bad key share) while SSL handshaking, client: 203.0.113.9, server: 0.0.0.0:443\n", i, i)
		fmt.Fprintf(&errs, "2026/11/30 01:27:%02d [info] 50#50: *%d client timed out (110: Connection timed out) while waiting for request, client: 203.0.113.9, server: 0.0.0.0:443\n", i, i)
		fmt.Fprintf(&errs, "2026/11/30 01:27:%02d [info] 50#50: *%d epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while sending request to upstream, client: 203.0.113.9, server: a, request: \"GET / HTTP/2.0\", upstream: \"http://10.0.0.20:8080/\", host: \"a\"\n", i, i)
		fmt.Fprintf(&access, "203.0.113.9 [30/Nov/2026:01:27:%02d +0000] \"GET /%d HTTP/2.0\" 200 0.%03d 0.000 0.%03d [10.0.0.20:8080] 200\n", i, i, i*3, i*3)
		fmt.Fprintf(&access, "203.0.113.9 [30/Nov/2026:01:27:%02d +0000] \"GET /%d HTTP/2.0\" 499 %d.%03d 0.000 - [10.0.0.20:8080] -\n", i, i, i%7, i*17%1000)
		fmt.Fprintf(&access, "203.0.113.9 [30/Nov/2026:01:27:%02d +0000] \"GET /y HTTP/2.0\" 404 0.001 - - [-] -\n", i)
	}
	res := Run(input(t, map[string]string{
		"nginx.conf": `worker_processes 1;
worker_rlimit_nofile 65536;
events { worker_connections 16384; }
http {
	log_format t '$remote_addr [$time_local] "$request" $status $request_time $upstream_connect_time $upstream_response_time [$upstream_addr] $upstream_status';
	upstream app { server 10.0.0.20:8080; keepalive 200; }
	server { listen 443 ssl; location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}
`,
		"ss.txt": ss.String(), "error.log": errs.String(), "access.log": access.String(),
		"nstat-before.txt": "TcpInSegs 1000 0.0\nTcpExtListenOverflows 17 0.0\nTcpRetransSegs 90000 0.0\nTcpExtTCPSynRetrans 800 0.0\nTcpExtIPReversePathFilter 40 0.0\n",
		"nstat.txt":        "TcpInSegs 9000 0.0\nTcpExtListenOverflows 17 0.0\nTcpRetransSegs 90900 0.0\nTcpExtTCPSynRetrans 803 0.0\nTcpExtIPReversePathFilter 42 0.0\nTcpExtTCPAbortOnClose 50 0.0\n",
		"sockstat.txt":     "sockets: used 2000\nTCP: inuse 1500 orphan 20 tw 13000 alloc 1600 mem 9000\n",
		"sysctl.txt":       "net.ipv4.tcp_mem = 90000\t120000\t180000\nnet.ipv4.tcp_max_tw_buckets = 65536\nnet.ipv4.tcp_max_orphans = 65536\nnet.ipv4.conf.all.rp_filter = 1\nnet.ipv4.ip_local_port_range = 32768\t60999\nnet.netfilter.nf_conntrack_max = 20000\nnet.netfilter.nf_conntrack_count = 20000\n",
		"conntrack-S.txt":  "cpu=0 found=0 invalid=900 insert=0 insert_failed=4 drop=0 early_drop=12345 error=0 search_restart=7\n",
		"limits.txt":       "Limit Soft Limit Hard Limit Units\nMax open files 65536 65536 files\n",
		"dmesg.txt":        "[  1.0] eth0: link up\n[  2.0] TCP: request_sock_TCP: Possible SYN flooding on port 443. Sending cookies.\n",
	}))
	for _, a := range res.Answers {
		t.Errorf("%s (%s): %s", a.Cause.ID, a.Certainty, a.Message)
	}
	if len(res.Normal) == 0 {
		t.Error("nobody says what is normal")
	}
}
