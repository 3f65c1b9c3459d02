//! A minimal user agent: one kept connection, cookies, HTTP/1.1. It is so cheap that one
//! core of it can keep one core of the provider busy.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::Outcome;

const PATIENCE: Duration = Duration::from_secs(30);

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status code.
    pub(crate) status: u16,
    /// Its `Location`.
    pub(crate) location: Option<String>,
    /// Its `Retry-After`.
    pub(crate) retry_after: Option<String>,
    /// Its body.
    pub(crate) body: String,
}

/// A user agent with one connection.
#[derive(Debug)]
pub(crate) struct Browser {
    address: SocketAddr,
    connection: Option<TcpStream>,
    cookies: BTreeMap<String, String>,
    read: Vec<u8>,
}

impl Browser {
    /// Creates a user agent without cookies.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            connection: None,
            cookies: BTreeMap::new(),
            read: Vec::with_capacity(16 << 10),
        }
    }

    /// Deletes the cookies, and keeps the connection.
    pub(crate) fn forget(&mut self) {
        self.cookies.clear();
    }

    /// Sends a GET with these headers. An absolute URL names another of the provider's
    /// hosts, which answers on the same connection, gets no cookies, and
    /// sets none that a flow needs.
    pub(crate) fn get(&mut self, target: &str, headers: &[(&str, &str)]) -> Outcome<Answer> {
        self.send("GET", target, headers, None)
    }

    /// Sends a form by POST.
    pub(crate) fn post(
        &mut self,
        target: &str,
        headers: &[(&str, &str)],
        form: &str,
    ) -> Outcome<Answer> {
        self.send("POST", target, headers, Some(form))
    }

    fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        form: Option<&str>,
    ) -> Outcome<Answer> {
        let own = self.address.to_string();
        let (host, target) = host_and_path(target).unwrap_or((&own, target));
        let is_own = host == own;
        let mut request = format!("{method} {target} HTTP/1.1\r\nhost: {host}\r\n");
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n")?;
        }
        let cookies = self.cookies.iter().filter(|_| is_own);
        for (index, (name, value)) in cookies.enumerate() {
            let before = if index == 0 { "cookie: " } else { "; " };
            write!(request, "{before}{name}={value}")?;
        }
        if is_own && !self.cookies.is_empty() {
            request.push_str("\r\n");
        }
        if let Some(form) = form {
            write!(
                request,
                "origin: http://{}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                content-length: {}\r\n",
                self.address,
                form.len(),
            )?;
        }
        request.push_str("\r\n");
        request.push_str(form.unwrap_or_default());
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        connection.write_all(request.as_bytes())?;
        let (answer, keep) = self.receive(&mut connection)?;
        if keep {
            self.connection = Some(connection);
        }
        Ok(answer)
    }

    fn connect(&self) -> Outcome<TcpStream> {
        let connection = TcpStream::connect(self.address)?;
        connection.set_nodelay(true)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        Ok(connection)
    }

    /// Reads one response, and returns whether the connection stays open.
    fn receive(&mut self, connection: &mut TcpStream) -> Outcome<(Answer, bool)> {
        self.read.clear();
        let head = loop {
            let end = self.read.windows(4).position(|four| four == b"\r\n\r\n");
            match end {
                Some(end) => break end + 4,
                None => self.read_more(connection)?,
            }
        };
        let text = std::str::from_utf8(self.read.get(..head).unwrap_or_default())?;
        let mut answer = Answer {
            status: text.get(9..12).ok_or("no status")?.parse()?,
            location: None,
            retry_after: None,
            body: String::new(),
        };
        let (mut length, mut keep) = (None, true);
        for (name, value) in text.lines().filter_map(|line| line.split_once(": ")) {
            match name {
                "content-length" => length = Some(value.parse::<usize>()?),
                "location" => answer.location = Some(value.to_owned()),
                "retry-after" => answer.retry_after = Some(value.to_owned()),
                "connection" => keep = value != "close",
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    if let Some((name, value)) = pair.split_once('=') {
                        self.cookies.insert(name.to_owned(), value.to_owned());
                    }
                }
                _ => (),
            }
        }
        let end = head + length.ok_or("an answer without its length")?;
        while self.read.len() < end {
            self.read_more(connection)?;
        }
        let body = self.read.get(head..end).unwrap_or_default();
        answer.body = std::str::from_utf8(body)?.to_owned();
        Ok((answer, keep))
    }

    fn read_more(&mut self, connection: &mut TcpStream) -> Outcome<()> {
        let mut buffer = [0; 16 << 10];
        let count = connection.read(&mut buffer)?;
        if count == 0 {
            return Err("the provider closed the connection".into());
        }
        self.read
            .extend_from_slice(buffer.get(..count).unwrap_or_default());
        Ok(())
    }
}

/// Splits an absolute URL into host and path.
fn host_and_path(target: &str) -> Option<(&str, &str)> {
    let rest = target.strip_prefix("http://")?;
    Some(rest.split_at(rest.find('/')?))
}
