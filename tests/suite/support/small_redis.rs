//! A Redis server with little memory, which a test can fill or end.

use std::process::{Child, Command, Stdio};

use super::process::{free_port, pause};

/// A Redis of the test's own, with little memory.
pub(crate) struct SmallRedis {
    port: u16,
    server: Child,
}

impl SmallRedis {
    /// Starts it.
    pub(crate) async fn start() -> Self {
        let port = free_port();
        let mut command = Command::new("redis-server");
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .args(["--maxmemory", "5mb", "--maxmemory-policy", "noeviction"])
            .current_dir(std::env::temp_dir());
        let command = command.stdin(Stdio::null()).stdout(Stdio::null());
        let server = command.spawn().unwrap();
        let small = Self { port, server };
        for _ in 0..100 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
            {
                return small;
            }
            pause(20).await;
        }
        panic!("the small Redis does not answer");
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Lowers the limit below what Redis uses already.
    pub(crate) async fn be_full(&self) {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg("maxmemory").arg("100kb");
        let () = set.query_async(&mut connection).await.unwrap();
    }
}

impl SmallRedis {
    /// Ends it.
    pub(crate) fn end(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for SmallRedis {
    fn drop(&mut self) {
        self.end();
    }
}
