#include "net/control.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "net/control_message.hpp"
#include "net/local_socket.hpp"
#include "net/net_fixture_test.hpp"

namespace parley::net {
namespace {

using namespace testing;
using encoding::Json;

Json command(std::string_view name) {
  return Json::object({{"command", name}, {"args", Json::object()}});
}

/// A node with a few commands: `echo` answers at once, `fail` with an error, `forget` never, `count` in many
/// steps, `stuck` in steps until it is cancelled.
struct ControlNode {
  explicit ControlNode(ControlLimits limits = {}) {
    auto listening = ControlServer::listen(
        loop, path(),
        [this](const Json& request, const std::shared_ptr<ControlReply>& reply) { run(request, reply); },
        events.sink(), limits);
    EXPECT_TRUE(listening) << listening.error().text();
    if (listening) server = std::move(*listening);
  }
  std::filesystem::path path() const { return folder / "node.sock"; }

  void run(const Json& request, const std::shared_ptr<ControlReply>& reply) {
    const std::string name = *request.string_member("command");
    if (name == "echo") return reply->result(request);
    if (name == "fail")
      return reply->error(Error{ErrorKind::refused, "no", "somewhere", {"rule.one", "rule.two"}});
    if (name == "count" || name == "stuck") {
      const bool stuck = name == "stuck";
      if (stuck) started.put(true);
      auto gone =
          std::shared_ptr<void>(nullptr, [this](void*) { destroyed_on_node.put(loop.on_node_thread()); });
      run_job(loop, reply, [reply, stuck, gone, n = 0]() mutable -> Result<std::optional<Json>> {
        reply->progress("counting", static_cast<std::uint64_t>(++n), 50);
        if (n == 50 && !stuck) return Json(n);
        return std::nullopt;
      });
    }
    // Any other command drops its reply.
  }

  Folder folder;
  EventLog events;
  Box<bool> started, destroyed_on_node;
  NodeLoop loop;
  std::unique_ptr<ControlServer> server;
};

TEST(Control, carries_a_command_and_its_answer) {
  ControlNode node;
  const auto answer = call_control(node.path(), command("echo"), {});
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(*answer, command("echo"));
}

TEST(Control, carries_every_part_of_an_error) {
  ControlNode node;
  const auto answer = call_control(node.path(), command("fail"), {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::refused);
  EXPECT_EQ(answer.error().message, "no");
  EXPECT_EQ(answer.error().where, "somewhere");
  EXPECT_EQ(answer.error().rules, (std::vector<std::string>{"rule.one", "rule.two"}));
}

TEST(Control, tells_the_progress_of_a_long_command) {
  ControlNode node;
  std::uint64_t last = 0;
  bool rising = true;
  const auto answer = call_control(node.path(), command("count"),
                                   [&](std::string_view step, std::uint64_t done, std::uint64_t) {
                                     rising = rising && step == "counting" && done > last;
                                     last = done;
                                   });
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, Json(50));
  EXPECT_TRUE(rising);
}

TEST(Control, serves_others_while_a_long_command_runs) {
  ControlNode node;
  std::thread stuck([&] { EXPECT_FALSE(call_control(node.path(), command("stuck"), {})); });
  node.started.wait();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(call_control(node.path(), command("echo"), {}));
  node.server->shutdown(0ms);
  stuck.join();
}

TEST(Control, runs_commands_of_many_clients_at_once) {
  ControlNode node;
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] {
      for (int k = 0; k < 5; ++k) good += call_control(node.path(), command("count"), {}) ? 1 : 0;
    });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 40);
}

TEST(Control, cancels_a_command_whose_client_leaves) {
  ControlNode node;
  {
    const auto client = connect_local(node.path());
    ASSERT_TRUE(client);
    const std::string line = encoding::write_json(command("stuck")) + "\n";
    ASSERT_EQ(::send(client->get(), line.data(), line.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(line.size()));
    node.started.wait();
  }
  // The job is destroyed without another word, where it lived.
  EXPECT_TRUE(node.destroyed_on_node.wait());
}

TEST(Control, answers_for_a_command_that_forgot_to) {
  ControlNode node;
  const auto answer = call_control(node.path(), command("forget"), {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::internal);
}

TEST(Control, refuses_a_line_beyond_its_limit) {
  ControlNode node(ControlLimits{.request_bytes = 1000});
  Json request = command("echo");
  request.set("args", std::string(2000, 'x'));
  const auto answer = call_control(node.path(), request, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::usage);
  EXPECT_TRUE(call_control(node.path(), command("echo"), {}));
}

TEST(Control, refuses_what_is_no_json) {
  ControlNode node;
  const auto client = connect_local(node.path());
  ASSERT_TRUE(client);
  ASSERT_EQ(::send(client->get(), "{]\n", 3, MSG_NOSIGNAL), 3);
  std::string answer;
  char part[1000];
  for (ssize_t n = 0; (n = ::recv(client->get(), part, sizeof part, 0)) > 0;)
    answer.append(part, static_cast<std::size_t>(n));
  ASSERT_TRUE(answer.ends_with("\n"));
  const auto line = parse_reply_line(std::string_view(answer).substr(0, answer.size() - 1));
  ASSERT_TRUE(line && line->error);
  EXPECT_EQ(line->error->kind, ErrorKind::bad_input);
}

TEST(Control, gives_up_a_client_that_never_finishes_its_line) {
  ControlNode node(ControlLimits{.request = 50ms});
  const auto client = connect_local(node.path());
  ASSERT_TRUE(client);
  ASSERT_EQ(::send(client->get(), "{\"command\"", 10, MSG_NOSIGNAL), 10);
  char byte = 0;
  EXPECT_LE(::recv(client->get(), &byte, 1, 0), 0);
}

TEST(Control, makes_a_socket_that_only_its_user_can_reach) {
  const mode_t before = ::umask(0);
  ControlNode node;
  ::umask(before);
  struct stat found{};
  ASSERT_EQ(::stat(node.path().c_str(), &found), 0);
  EXPECT_TRUE(S_ISSOCK(found.st_mode));
  EXPECT_EQ(found.st_mode & 0777, 0600U);
}

TEST(Control, removes_its_socket_at_shutdown) {
  ControlNode node;
  node.server->shutdown(1s);
  EXPECT_FALSE(std::filesystem::exists(node.path()));
  const auto answer = call_control(node.path(), command("echo"), {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::not_found);
}

TEST(Control, takes_over_the_socket_of_a_node_that_died) {
  const Folder folder;
  {
    const auto left_behind = listen_local(folder / "node.sock");
    ASSERT_TRUE(left_behind);
  }
  ASSERT_TRUE(std::filesystem::exists(folder / "node.sock"));
  EXPECT_TRUE(listen_local(folder / "node.sock"));
}

TEST(Control, leaves_the_socket_of_a_living_node_alone) {
  ControlNode node;
  const auto second = listen_local(node.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_TRUE(call_control(node.path(), command("echo"), {}));
}

TEST(Control, does_not_remove_a_file_that_is_no_socket) {
  const Folder folder;
  std::ofstream(folder / "node.sock") << "precious";
  const auto listening = listen_local(folder / "node.sock");
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error().kind, ErrorKind::conflict);
  EXPECT_EQ(std::filesystem::file_size(folder / "node.sock"), 8U);
}

TEST(Control, reaches_a_socket_below_a_very_long_path) {
  const Folder folder;
  const std::filesystem::path deep = folder / std::string(100, 'a') / std::string(100, 'b');
  std::filesystem::create_directories(deep);
  const auto listening = listen_local(deep / "node.sock");
  ASSERT_TRUE(listening) << listening.error().text();
  EXPECT_TRUE(connect_local(deep / "node.sock"));
}

TEST(Control, runs_the_same_command_without_a_socket) {
  ControlNode node;
  const ControlHandler handler = [&](const Json& request, const std::shared_ptr<ControlReply>& reply) {
    node.run(request, reply);
  };
  std::uint64_t last = 0;
  const auto answer = call_local(node.loop, handler, command("count"),
                                 [&](std::string_view, std::uint64_t done, std::uint64_t) { last = done; });
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, Json(50));
  EXPECT_EQ(last, 50U);
  const auto forgotten = call_local(node.loop, handler, command("forget"), {});
  ASSERT_FALSE(forgotten);
  EXPECT_EQ(forgotten.error().kind, ErrorKind::internal);
}

TEST(ControlMessage, reads_back_what_it_writes) {
  const auto strip = [](std::string_view line) { return std::string(line.substr(0, line.size() - 1)); };
  const auto progress = parse_reply_line(strip(write_progress_line("a\nb", 3, 7)));
  ASSERT_TRUE(progress && progress->progress);
  EXPECT_EQ(progress->progress->step, "a\nb");
  EXPECT_EQ(progress->progress->done, 3U);
  EXPECT_EQ(progress->progress->total, 7U);
  for (const ErrorKind kind :
       {ErrorKind::refused, ErrorKind::not_proven, ErrorKind::usage, ErrorKind::bad_input,
        ErrorKind::not_found, ErrorKind::conflict, ErrorKind::peer, ErrorKind::internal}) {
    const auto error = parse_reply_line(strip(write_error_line(Error{kind, "m", "w", {}})));
    ASSERT_TRUE(error && error->error);
    EXPECT_EQ(error->error->kind, kind);
  }
  for (const std::string_view bad : {"", "{}", "[]", "{\"answer\":1}", "{\"progress\":{}}",
                                     "{\"error\":{\"kind\":\"odd\"}}", "{\"result\":1,\"error\":2}"})
    EXPECT_FALSE(parse_reply_line(bad)) << bad;
}

}  // namespace
}  // namespace parley::net
