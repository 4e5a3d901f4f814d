# shellcheck shell=bash
# micro-httpd.

http_setup() {
	local i
	mkdir -p /var/www/html/sub
	rm -f /var/www/html/index.*
	echo '<h1>superd</h1>' >/var/www/html/index.html
	random_file /var/www/html/blob.bin 1000017
	mkdir -p /var/www/html/many
	for i in {1..50}; do
		ln -f /var/www/html/blob.bin "/var/www/html/many/$i"
	done
}

http_cases() {
	each "http: a page" http_page
	each "http: a large file, unchanged" http_blob
	each "http: fifty requests, eight at once" http_many
	each "http: a page that does not exist is a 404" http_missing
}

http_page() {
	timeout 20 curl -sSf "http://$(host "$1")/" | tee page
	grep -q '<h1>superd</h1>' page
}

http_blob() {
	timeout 20 curl -sSf -o got "http://$(host "$1")/blob.bin"
	same_file got /var/www/html/blob.bin
}

http_many() {
	timeout 60 curl -sSf --parallel --parallel-max 8 -o 'got#1' \
		"http://$(host "$1")/many/[1-50]" 2>err || {
		cat err
		return 1
	}
	[[ $(sha256sum got* | cut -d ' ' -f 1 | sort -u) == "$(
		sha256sum </var/www/html/blob.bin | cut -d ' ' -f 1
	)" ]]
	[[ $(find . -name 'got*' | wc -l) == 50 ]]
}

http_missing() {
	[[ $(timeout 20 curl -sS -o /dev/null -w '%{http_code}' "http://$(host "$1")/none") == 404 ]]
}
