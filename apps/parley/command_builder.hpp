#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "request.hpp"

/// How the command line is declared; for command_line.cpp and the files that declare parts of it.
namespace parley::app {

using encoding::Json;

/// Declares commands. Each option writes itself into `args` once everything is parsed, and only when it was
/// given, so that defaults live in one place: the command.
class Builder {
 public:
  Builder(CLI::App& root, Request& request) : root_(root), request_(request) {}

  struct Command {
    CLI::App* app;
    Builder* builder;

    Command& text(const std::string& flag, const std::string& key, const std::string& help,
                  bool required = false) {
      auto value = std::make_shared<std::string>();
      CLI::Option* option = app->add_option(flag, *value, help);
      if (required) option->required();
      builder->on_parsed([this_builder = builder, option, value, key] {
        if (option->count() > 0) this_builder->request_.args.set(key, *value);
      });
      return *this;
    }
    Command& number(const std::string& flag, const std::string& key, const std::string& help) {
      auto value = std::make_shared<std::uint64_t>(0);
      CLI::Option* option = app->add_option(flag, *value, help);
      option->check(is_number);
      builder->on_parsed([this_builder = builder, option, value, key] {
        if (option->count() > 0) this_builder->request_.args.set(key, *value);
      });
      return *this;
    }
    Command& flag(const std::string& name, const std::string& key, const std::string& help) {
      CLI::Option* option = app->add_flag(name, help);
      builder->on_parsed([this_builder = builder, option, key] {
        if (option->count() > 0) this_builder->request_.args.set(key, true);
      });
      return *this;
    }
    /// Comma-separated or repeated.
    Command& list(const std::string& flag, const std::string& key, const std::string& help,
                  bool required = false) {
      auto values = std::make_shared<std::vector<std::string>>();
      CLI::Option* option = app->add_option(flag, *values, help)->delimiter(',');
      if (required) option->required();
      builder->on_parsed([this_builder = builder, option, values, key] {
        if (option->count() == 0) return;
        Json::Array array;
        for (const std::string& value : *values) array.emplace_back(value);
        this_builder->request_.args.set(key, Json(std::move(array)));
      });
      return *this;
    }
    /// As they stand: a URL may hold a comma.
    Command& words(const std::string& flag, const std::string& key, const std::string& help,
                   bool required = true) {
      auto values = std::make_shared<std::vector<std::string>>();
      CLI::Option* option = app->add_option(flag, *values, help);
      if (required) option->required();
      builder->on_parsed([this_builder = builder, option, values, key] {
        if (option->count() == 0) return;
        Json::Array array;
        for (const std::string& value : *values) array.emplace_back(value);
        this_builder->request_.args.set(key, Json(std::move(array)));
      });
      return *this;
    }
    /// Any number of STIX patterns.
    Command& patterns(const std::string& key, const std::string& help) {
      auto values = std::make_shared<std::vector<std::string>>();
      CLI::Option* option = app->add_option(key, *values, help);
      builder->on_parsed([this_builder = builder, option, values, key] {
        if (option->count() == 0) return;
        Json::Array array;
        for (const std::string& value : *values) array.emplace_back(value);
        this_builder->request_.args.set(key, Json(std::move(array)));
      });
      return *this;
    }
    /// A path, made absolute ("-" stays).
    Command& path(const std::string& flag, const std::string& key, const std::string& help,
                  bool required = false) {
      auto value = std::make_shared<std::string>();
      CLI::Option* option = app->add_option(flag, *value, help);
      if (required) option->required();
      builder->on_parsed([this_builder = builder, option, value, key] {
        if (option->count() > 0) this_builder->request_.args.set(key, absolute(*value));
      });
      return *this;
    }
    Command& paths(const std::string& flag, const std::string& key, const std::string& help) {
      auto values = std::make_shared<std::vector<std::string>>();
      CLI::Option* option = app->add_option(flag, *values, help)->required();
      builder->on_parsed([this_builder = builder, option, values, key] {
        if (option->count() == 0) return;
        Json::Array array;
        for (const std::string& value : *values) array.emplace_back(absolute(value));
        this_builder->request_.args.set(key, Json(std::move(array)));
      });
      return *this;
    }
  };

  Command command(CLI::App& parent, const std::string& name, const std::string& full,
                  const std::string& help) {
    CLI::App* app = parent.add_subcommand(name, help);
    // Called after those of the commands below it, which have the last word.
    app->callback([this, app, full] {
      if (app->get_subcommands().empty()) request_.command = full;
    });
    return {app, this};
  }
  Command command(const std::string& name, const std::string& help) {
    return command(root_, name, name, help);
  }
  /// The same name again is the same group.
  CLI::App& group(const std::string& name, const std::string& help) {
    const auto known = root_.get_subcommands([&](const CLI::App* one) { return one->get_name() == name; });
    if (!known.empty()) return *known.front();
    CLI::App* app = root_.add_subcommand(name, help);
    app->require_subcommand(1);
    return *app;
  }

  void on_parsed(std::function<void()> action) { actions_.push_back(std::move(action)); }
  void collect() {
    for (auto& action : actions_) action();
  }

 private:
  /// CLI11 would take -1 for 2^64 - 1, nothing for 0, and cut what is too large. Up to 2^53: JSON carries it.
  static std::string is_number(const std::string& text) {
    constexpr std::uint64_t largest = 1ULL << 53U;
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code == std::errc() && end == text.data() + text.size() && value <= largest) return {};
    return "a whole number from 0 to 9007199254740992 is needed, not \"" + text + "\"";
  }
  static std::string absolute(const std::string& path) {
    if (path == "-" || path.empty()) return path;
    std::error_code code;  // a working folder that was removed
    const std::filesystem::path whole = std::filesystem::absolute(path, code);
    return code ? path : whole.lexically_normal().string();
  }

  CLI::App& root_;
  Request& request_;
  std::vector<std::function<void()>> actions_;
};

/// Reports and what is known by name (command_line_reports.cpp).
void declare_reports(Builder& b);

}  // namespace parley::app
