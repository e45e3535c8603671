#pragma once

#include <poll.h>

#include <thread>
#include <vector>

#include "net/raw_peer_test.hpp"

namespace parley::net::testing {

/// An HTTP proxy on loopback that takes CONNECT and leads every tunnel to `target`, whatever name it is asked
/// for. One connection after the other.
class ConnectProxy {
 public:
  explicit ConnectProxy(Address target, std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n")
      : target_(std::move(target)), answer_(std::move(answer)) {
    listener_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(listener_.get(), 16), 0);
    socklen_t size = sizeof at;
    EXPECT_EQ(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~ConnectProxy() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;

  HttpsProxy proxy(const std::string& login = "") const {
    return HttpsProxy::parse("http://" + login + "127.0.0.1:" + std::to_string(port_)).value();
  }
  /// Heads of the requests so far.
  std::vector<std::string> heads() {
    std::lock_guard lock(mutex_);
    return heads_;
  }

 private:
  void serve() {
    while (true) {
      const Descriptor visitor(::accept(listener_.get(), nullptr, nullptr));
      if (visitor.get() < 0) return;
      std::string head;
      char byte = 0;
      while (!head.ends_with("\r\n\r\n") && ::recv(visitor.get(), &byte, 1, 0) == 1) head += byte;
      {
        std::lock_guard lock(mutex_);
        heads_.push_back(head);
      }
      ::send(visitor.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
      if (answer_.find(" 200 ") == std::string::npos) continue;
      const Descriptor onward = tcp_to(target_);
      relay(visitor.get(), onward.get());
    }
  }
  static void relay(int one, int other) {
    const int sockets[2] = {one, other};
    char part[16'384];
    while (true) {
      pollfd wait[2] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
      if (::poll(wait, 2, -1) < 0) return;
      for (int side = 0; side < 2; ++side) {
        if (wait[side].revents == 0) continue;
        const ssize_t count = ::recv(sockets[side], part, sizeof part, 0);
        if (count <= 0) return;
        ::send(sockets[1 - side], part, static_cast<std::size_t>(count), MSG_NOSIGNAL);
      }
    }
  }

  Address target_;
  std::string answer_;
  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> heads_;
  std::thread thread_;
};

}  // namespace parley::net::testing
