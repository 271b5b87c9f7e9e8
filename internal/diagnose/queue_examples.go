package diagnose

var queueExamples = []Example{
	{
		Name: "a pool holds the eight that a backend accepts",
		Files: `-- nginx.conf --
worker_processes 1;
events {}
http {
	log_format t '$remote_addr "$request" $status $upstream_response_time [$upstream_addr] $upstream_status';
	upstream app { server app.internal:8000; keepalive 64; }
	server { listen 80; location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}
-- access.log --
192.0.2.7 "GET / HTTP/1.1" 200 0.011 [127.0.0.1:8000] 200
-- hosts --
127.0.0.1 app.internal
-- ss-tanp.txt --
State     Recv-Q Send-Q Local Address:Port  Peer Address:Port  Process
LISTEN    9      4096       127.0.0.1:8000       0.0.0.0:*      users:(("app",pid=40,fd=3))
ESTAB     0      0          127.0.0.1:8000     127.0.0.1:50001  users:(("app",pid=40,fd=4))
ESTAB     0      0          127.0.0.1:8000     127.0.0.1:50002  users:(("app",pid=40,fd=5))
ESTAB     0      0          127.0.0.1:50001    127.0.0.1:8000   users:(("nginx",pid=50,fd=4))
ESTAB     0      0          127.0.0.1:50002    127.0.0.1:8000   users:(("nginx",pid=50,fd=5))
CLOSE-WAIT 40    0          127.0.0.1:8000     127.0.0.1:50003
CLOSE-WAIT 40    0          127.0.0.1:8000     127.0.0.1:50004
CLOSE-WAIT 40    0          127.0.0.1:8000     127.0.0.1:50005
`,
		Want: []string{"pool-fills-backend proved"},
	},
	{
		Name: "who asked may not see the processes",
		Files: `-- ss-tanp.txt --
State     Recv-Q Send-Q Local Address:Port  Peer Address:Port  Process
LISTEN    9      4096       127.0.0.1:8000       0.0.0.0:*
CLOSE-WAIT 40    0          127.0.0.1:8000     127.0.0.1:50003
CLOSE-WAIT 40    0          127.0.0.1:8000     127.0.0.1:50004
CLOSE-WAIT 40    0          127.0.0.1:8000     127.0.0.1:50005
ESTAB     0      0          192.0.2.10:22      192.0.2.7:50006  users:(("sshd",pid=70,fd=4))
-- error.log --
2026/11/30 01:27:28 [error] 40#40: *158 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "a"
`,
		Want: []string{"timeout-in-force likely", "accept-queue-full possible", "backend-does-not-accept possible", "pool-fills-backend possible"},
	},
	{
		Name: "half-open connections fill a queue of 8",
		Files: `-- nginx.conf --
worker_processes 1;
events {}
http { server { listen 80 backlog=8; location / { return 204; } } }
-- ss-ltn.txt --
State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      8            0.0.0.0:80        0.0.0.0:*
-- nstat-before.txt --
TcpExtTCPReqQFullDoCookies      0                  0.0
TcpExtListenOverflows           0                  0.0
-- nstat.txt --
TcpExtTCPReqQFullDoCookies      61                 0.0
TcpExtListenOverflows           0                  0.0
`,
		Want: []string{"accept-queue-full likely"},
	},
	{
		Name: "the process hangs",
		Files: `-- ss-tanp.txt --
State     Recv-Q Send-Q Local Address:Port  Peer Address:Port  Process
LISTEN    9      4096       127.0.0.1:8000       0.0.0.0:*      users:(("app",pid=40,fd=3))
CLOSE-WAIT 40    0          127.0.0.1:8000     127.0.0.1:50003
CLOSE-WAIT 40    0          127.0.0.1:8000     127.0.0.1:50004
CLOSE-WAIT 40    0          127.0.0.1:8000     127.0.0.1:50005
-- error.log --
2026/11/30 01:27:28 [error] 40#40: *158 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:8000/", host: "a"
`,
		Want: []string{"backend-does-not-accept proved"},
	},
}
