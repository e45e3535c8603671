#include "net/accept_loop.hpp"

#include <gtest/gtest.h>

namespace parley::net {
namespace {

std::string network(const char* address) {
  return network_of(asio::ip::make_address(address));
}

TEST(AcceptLoop, counts_the_addresses_of_one_ipv6_network_as_one_host) {
  EXPECT_EQ(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
  EXPECT_NE(network("192.0.2.1"), network("192.0.2.2"));
  EXPECT_EQ(network("::ffff:192.0.2.1"), network("192.0.2.1"));
}

}  // namespace
}  // namespace parley::net
