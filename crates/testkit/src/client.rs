//! A small HTTP client: what it is given is what goes over the wire, one connection per request.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, client::conn::http1, header::HeaderMap};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::within;

/// A request to be sent.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    address: SocketAddr,
    method: Method,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Bytes,
}

/// An answer, received whole.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// As it came.
    pub body: Bytes,
}

impl Request {
    /// `target` is path and query as they go on the request line.
    pub fn new(address: SocketAddr, method: Method, target: &str) -> Self {
        Self {
            address,
            method,
            target: target.to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// Adds a header; one of the same name stays.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref().to_vec();
        self.headers.push((name.to_owned(), value));
        self
    }

    /// Sends these bytes, and says nothing about what they are.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends JSON, and says so.
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    /// Sends and receives; panics on anything but an answer.
    pub async fn send(self) -> Reply {
        let what = format!("{} {}", self.method, self.target);
        match within(&what, self.try_send()).await {
            Ok(reply) => reply,
            Err(error) => panic!("{what}: {error}"),
        }
    }

    /// Sends and receives. Errors: no connection, or one that ends before the answer does.
    pub async fn try_send(self) -> Result<Reply, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut request = hyper::Request::builder()
            .method(self.method)
            .uri(self.target)
            .header("host", self.address.to_string());
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(self.body))?;
        let receive = async {
            let response = sender.send_request(request).await?;
            let (parts, body) = response.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, hyper::Error>(Reply {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body,
            })
        };
        tokio::pin!(receive);
        // The connection is driven here, so that dropping this future hangs up.
        tokio::select! {
            reply = &mut receive => Ok(reply?),
            ended = connection => {
                ended?;
                Ok(receive.await?)
            }
        }
    }

    /// Sends the head and the first `bytes` of the body it announces, and hangs up its half of the
    /// connection. Gives what the server answered.
    pub async fn send_cut_off(self, bytes: usize) -> String {
        self.send_part(bytes, Ending::HangUp).await
    }

    /// The same, but leaves the server waiting for the rest.
    pub async fn send_and_stall(self, bytes: usize) -> String {
        self.send_part(bytes, Ending::Stall).await
    }

    async fn send_part(self, bytes: usize, ending: Ending) -> String {
        let what = format!("{} {}, in part", self.method, self.target);
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await?;
            stream.write_all(&self.head()).await?;
            let part = &self.body[..bytes.min(self.body.len())];
            stream.write_all(part).await?;
            if ending == Ending::HangUp {
                stream.shutdown().await?;
            }
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
        };
        within(&what, exchange).await.expect("a connection")
    }

    fn head(&self) -> Vec<u8> {
        let (method, target) = (&self.method, &self.target);
        let mut head = format!("{method} {target} HTTP/1.1\r\nhost: test\r\n").into_bytes();
        for (name, value) in &self.headers {
            head.extend_from_slice(format!("{name}: ").as_bytes());
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        }
        let length = format!("content-length: {}\r\n\r\n", self.body.len());
        head.extend_from_slice(length.as_bytes());
        head
    }
}

/// What follows a part of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    HangUp,
    Stall,
}

impl Reply {
    /// The body as text; panics if it is none.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("text")
    }

    /// The body as JSON; panics if it is none.
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(json) => json,
            Err(error) => panic!("no JSON ({error}): {} {:?}", self.status, self.body),
        }
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
